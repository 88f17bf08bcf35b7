// SPDX-License-Identifier: GPL-2.0-only
/*
 * sealing HOW DEVICE IMAGE
 *
 * Write IMAGE, or the first half of it, to DEVICE as some kind of program does,
 * in the system calls that it makes.  Exit status 0: all of them succeeded, and
 * so did the last close(); 1: one did not, which standard error names; else
 * what the kind of program says.
 *
 *   how           what it does                                        how it
 * ends python        what `with open(DEVICE, "wb")` does                 closes
 *   raises        half; an exception: `with` closes, python ends      1
 *   exits         half; exit(1) with the file open                    1
 *   killed        half; SIGKILL                                       SIGKILL
 *   crashes       half; SIGSEGV                                       SIGSEGV
 *   syncs         fsync() after each 64 KiB                           closes
 *   late          all of it, fsync(); SIGKILL                         SIGKILL
 *   truncates     O_TRUNC, fstat(), no byte                           closes
 *   nonblocking   O_NONBLOCK; a write says EOPNOTSUPP                 closes
 *   appends       O_APPEND says EOPNOTSUPP                            0
 *   sendfile, splice                                                  closes
 *   uring         io_uring, by descriptor                             closes
 *   registered    by registered file; unregistered, then              closes
 *   queue-exit    by registered file; the ring goes, then             closes
 *   early         closed, then half by registered file; exit(0)       0
 *   worker        closed, then half by registered file; SIGKILL       SIGKILL
 *   handed        half; the descriptor over a socket to a process that
 *                 writes the rest                                     closes
 *   lost          half; handed, closed; the other dies without it     0
 *   forks         a child writes half and exits with 1; the parent
 *                 writes the rest                                     closes
 *   others        a child that wrote nothing exits with 1 meanwhile   closes
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <linux/io_uring.h>

#define PIECE 65536

static const char *device;
static char *image;
static size_t image_size;
static int source; /* the image's file */

static void fail(const char *what)
{
	fprintf(stderr, "sealing: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long must(long result, const char *what)
{
	if (result < 0)
		fail(what);
	return result;
}

static void read_image(const char *path)
{
	struct stat st;

	source = (int)must(open(path, O_RDONLY | O_CLOEXEC), path);
	must(fstat(source, &st), "fstat");
	image_size = (size_t)st.st_size;
	image = mmap(NULL, image_size, PROT_READ, MAP_PRIVATE, source, 0);
	if (image == MAP_FAILED)
		fail("mmap");
}

static int open_device(int flags)
{
	return (int)must(open(device, O_WRONLY | O_CLOEXEC | flags, 0666),
			 "open");
}

static void write_part(int fd, size_t from, size_t to)
{
	while (from < to) {
		size_t piece = to - from < PIECE ? to - from : PIECE;

		from += (size_t)must(write(fd, image + from, piece), "write");
	}
}

static int close_it(int fd)
{
	must(close(fd), "close");
	return 0;
}

static int begin_half(void)
{
	int fd = open_device(0);

	write_part(fd, 0, image_size / 2);
	return fd;
}

/* ---- plain programs ---- */

static int python(void)
{
	int fd = open_device(O_CREAT | O_TRUNC);
	struct termios terminal;
	struct stat st;

	must(fstat(fd, &st), "fstat");
	ioctl(fd, TCGETS, &terminal);
	lseek(fd, 0, SEEK_CUR);
	write_part(fd, 0, image_size);
	return close_it(fd);
}

static int raises(void)
{
	close_it(begin_half());
	return 1;
}

static int exits(void)
{
	begin_half();
	return 1;
}

static int killed(void)
{
	begin_half();
	return kill(getpid(), SIGKILL);
}

static int crashes(void)
{
	begin_half();
	return raise(SIGSEGV);
}

static int syncs(void)
{
	int fd = open_device(O_CREAT | O_TRUNC);

	for (size_t at = 0; at < image_size; at += PIECE) {
		write_part(fd, at,
			   at + PIECE < image_size ? at + PIECE : image_size);
		must(fsync(fd), "fsync");
	}
	return close_it(fd);
}

static int late(void)
{
	int fd = open_device(0);

	write_part(fd, 0, image_size);
	must(fsync(fd), "fsync");
	return kill(getpid(), SIGKILL);
}

static int truncates(void)
{
	int fd = open_device(O_CREAT | O_TRUNC);
	struct stat st;

	must(fstat(fd, &st), "fstat");
	must(write(fd, image, 0), "write of nothing");
	must(fsync(fd), "fsync");
	return close_it(fd);
}

static int expect_unsupported(long result, const char *what)
{
	if (result >= 0)
		errno = 0;
	if (errno != EOPNOTSUPP)
		fail(what);
	return 0;
}

static int nonblocking(void)
{
	int fd = open_device(O_NONBLOCK);

	expect_unsupported(write(fd, image, PIECE), "O_NONBLOCK");
	return close_it(fd);
}

static int appends(void)
{
	return expect_unsupported(open(device, O_WRONLY | O_APPEND),
				  "O_APPEND");
}

static int with_sendfile(void)
{
	int fd = open_device(0);
	off_t at = 0;

	while ((size_t)at < image_size)
		must(sendfile(fd, source, &at, image_size - (size_t)at),
		     "sendfile");
	return close_it(fd);
}

static int with_splice(void)
{
	int fd = open_device(0), ends[2];
	loff_t at = 0;

	must(pipe(ends), "pipe");
	while ((size_t)at < image_size) {
		long n = must(splice(source, &at, ends[1], NULL, PIECE, 0),
			      "splice");

		while (n > 0)
			n -= must(splice(ends[0], NULL, fd, NULL, (size_t)n, 0),
				  "splice to the device");
	}
	return close_it(fd);
}

/* ---- io_uring, without its library ---- */

static struct {
	int fd;
	struct io_uring_params p;
	char *sq, *cq;
	struct io_uring_sqe *sqes;
} ring;

static void *ring_map(uint64_t offset, size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_POPULATE, ring.fd, (off_t)offset);

	if (at == MAP_FAILED)
		fail("mmap of the ring");
	return at;
}

static void ring_make(void)
{
	ring.fd = (int)must(syscall(SYS_io_uring_setup, 4, &ring.p),
			    "io_uring_setup");
	ring.sq = ring_map(IORING_OFF_SQ_RING,
			   ring.p.sq_off.array +
				   ring.p.sq_entries * sizeof(uint32_t));
	ring.cq = ring_map(IORING_OFF_CQ_RING,
			   ring.p.cq_off.cqes +
				   ring.p.cq_entries *
					   sizeof(struct io_uring_cqe));
	ring.sqes = ring_map(IORING_OFF_SQES,
			     ring.p.sq_entries * sizeof(*ring.sqes));
}

static uint32_t *ring_word(char *ring_page, uint32_t offset)
{
	return (uint32_t *)(void *)(ring_page + offset);
}

/* One request, and wait for its completion. */
static int ring_do(const struct io_uring_sqe *sqe)
{
	uint32_t *tail = ring_word(ring.sq, ring.p.sq_off.tail);
	uint32_t *head = ring_word(ring.cq, ring.p.cq_off.head);
	uint32_t mask = *ring_word(ring.sq, ring.p.sq_off.ring_mask);
	uint32_t cq_mask = *ring_word(ring.cq, ring.p.cq_off.ring_mask);
	struct io_uring_cqe *cqes = (void *)(ring.cq + ring.p.cq_off.cqes);
	int result;

	ring.sqes[*tail & mask] = *sqe;
	ring_word(ring.sq, ring.p.sq_off.array)[*tail & mask] = *tail & mask;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	must(syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS,
		     NULL, 0),
	     "io_uring_enter");
	result = cqes[*head & cq_mask].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return result;
}

/* fd: a descriptor, or a registered file's number. */
static void ring_write(int fd, bool registered, size_t from, size_t to)
{
	while (from < to) {
		size_t piece = to - from < PIECE ? to - from : PIECE;
		int n = ring_do(&(struct io_uring_sqe){
			.opcode = IORING_OP_WRITE,
			.flags = registered ? IOSQE_FIXED_FILE : 0,
			.fd = fd,
			.off = (uint64_t)-1,
			.addr = (uintptr_t)(image + from),
			.len = (uint32_t)piece,
		});

		errno = n < 0 ? -n : 0;
		if (n <= 0)
			fail("write by io_uring");
		from += (size_t)n;
	}
}

static void ring_register(int fd)
{
	must(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &fd,
		     1),
	     "io_uring_register");
}

static int uring(void)
{
	int fd = open_device(0);

	ring_make();
	ring_write(fd, false, 0, image_size);
	return close_it(fd);
}

static int begin_registered(void)
{
	int fd = open_device(0);

	ring_make();
	ring_register(fd);
	return fd;
}

static int registered(void)
{
	int fd = begin_registered();

	ring_write(0, true, 0, image_size);
	must(syscall(SYS_io_uring_register, ring.fd, IORING_UNREGISTER_FILES,
		     NULL, 0),
	     "unregister");
	return close_it(fd);
}

static int queue_exit(void)
{
	int fd = begin_registered();

	ring_write(0, true, 0, image_size);
	close(ring.fd);
	return close_it(fd);
}

static int early(void)
{
	close_it(begin_registered());
	ring_write(0, true, 0, image_size / 2);
	return 0;
}

static int worker(void)
{
	early();
	return kill(getpid(), SIGKILL);
}

/* ---- several processes ---- */

static void send_descriptor(int to, int fd)
{
	char control[CMSG_SPACE(sizeof(fd))] = { 0 }, octet = 0;
	struct iovec iov = { .iov_base = &octet, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	must(sendmsg(to, &message, 0), "sendmsg");
}

static int receive_descriptor(int from)
{
	char control[CMSG_SPACE(sizeof(int))], octet;
	struct iovec iov = { .iov_base = &octet, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	int fd;

	must(recvmsg(from, &message, 0), "recvmsg");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static int wait_child(pid_t child)
{
	int status;

	must(waitpid(child, &status, 0), "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* The child is forked first: it has the descriptor by the socket alone. */
static pid_t fork_reader(int *to, bool reads)
{
	int ends[2], go[2];
	pid_t child;
	char octet;

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
	must(pipe(go), "pipe");
	child = (pid_t)must(fork(), "fork");
	*to = ends[0];
	close(ends[!!child]);
	if (child) {
		close(go[0]);
		return child;
	}
	close(go[1]);
	must(read(go[0], &octet, 1), "read"); /* the parent has gone */
	if (!reads)
		kill(getpid(), SIGKILL);
	int fd = receive_descriptor(ends[1]);

	write_part(fd, image_size / 2, image_size);
	exit(close_it(fd));
}

static int hand_over(bool reads)
{
	int to, fd;
	pid_t child = fork_reader(&to, reads);

	fd = begin_half();
	send_descriptor(to, fd);
	close_it(fd);
	close(to);
	for (int i = 3; i < 32; i++) /* the pipe's end: the child goes on */
		close(i);
	return wait_child(child);
}

static int handed(void)
{
	return hand_over(true);
}

static int lost(void)
{
	hand_over(false);
	return 0;
}

static int forks(void)
{
	int fd = open_device(0);
	pid_t child = (pid_t)must(fork(), "fork");

	if (!child) {
		write_part(fd, 0, image_size / 2);
		exit(1);
	}
	wait_child(child);
	write_part(fd, image_size / 2, image_size);
	return close_it(fd);
}

static int others(void)
{
	int fd = begin_half();
	pid_t child = (pid_t)must(fork(), "fork");

	if (!child)
		exit(1);
	wait_child(child);
	write_part(fd, image_size / 2, image_size);
	return close_it(fd);
}

static const struct {
	const char *name;
	int (*run)(void);
} kinds[] = {
	{ "python", python },
	{ "raises", raises },
	{ "exits", exits },
	{ "killed", killed },
	{ "crashes", crashes },
	{ "syncs", syncs },
	{ "late", late },
	{ "truncates", truncates },
	{ "nonblocking", nonblocking },
	{ "appends", appends },
	{ "sendfile", with_sendfile },
	{ "splice", with_splice },
	{ "uring", uring },
	{ "registered", registered },
	{ "queue-exit", queue_exit },
	{ "early", early },
	{ "worker", worker },
	{ "handed", handed },
	{ "lost", lost },
	{ "forks", forks },
	{ "others", others },
};

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	device = argv[2];
	read_image(argv[3]);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(argv[1], kinds[i].name))
			return kinds[i].run();
	return 2;
}
