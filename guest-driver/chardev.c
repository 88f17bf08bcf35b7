// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/xen/carveout/NAME: write an image, and it is sealed when the last holder
 * of the open file closes it.  xen-carveout(4) says which program seals what.
 *
 * A process that closes the file, or ends, passes through .flush, in its own
 * context.  A holder without a descriptor (an io_uring, a unix socket with a
 * descriptor in flight, a reader of /proc/PID/fdinfo) does not: where it is the
 * last, .release comes without a .flush before it, perhaps in a kernel's worker,
 * long after the writer was killed.  So a load is whole when some process closed
 * the file cleanly after the last byte was taken.
 *
 * The driver cannot see how the *producer* of a pipe ended (`producer | cat >
 * dev`), nor that a program which closes the file knows its image to be
 * incomplete.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/splice.h>

#include "chardev.h"
#include "internal.h"
#include "stream.h"

static int xen_carveout_open(struct inode *inode, struct file *file)
{
	struct xen_carveout *c =
		container_of(inode->i_cdev, struct xen_carveout, cdev);
	struct xen_carveout_stream *s;
	int err;

	if ((file->f_flags & O_ACCMODE) == O_RDONLY)
		return -EACCES;
	if ((file->f_flags & O_ACCMODE) != O_WRONLY)
		return -EINVAL;
	if (file->f_flags & O_APPEND) {
		dev_notice_ratelimited(
			&c->dev,
			"opened for appending: an image is written from its first byte on, with > and not >>\n");
		return -EOPNOTSUPP;
	}
	if (image_format_insists(READ_ONCE(c->limits.format))) {
		dev_notice_ratelimited(
			&c->dev,
			"it takes only images that are loaded by their headers (format=%s), and no stream: echo FILE > /sys/class/xen_carveout/%s/firmware\n",
			image_format_name(READ_ONCE(c->limits.format)),
			c->limits.name);
		return -EOPNOTSUPP;
	}
	s = kmalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	err = xen_carveout_stream_begin(s, c);
	if (err) {
		kfree(s);
		return err;
	}
	file->private_data = s;
	return stream_open(inode, file);
}

/* dom0 takes the bytes: a write that must not wait cannot be promised. */
static ssize_t xen_carveout_write_iter(struct kiocb *iocb,
				       struct iov_iter *from)
{
	struct xen_carveout_stream *s = iocb->ki_filp->private_data;
	ssize_t ret;

	if (iocb->ki_filp->f_flags & O_NONBLOCK)
		return -EOPNOTSUPP;
	if (mutex_lock_killable(&s->lock))
		return -EINTR;
	WRITE_ONCE(s->writer, task_tgid_nr(current));
	ret = xen_carveout_stream_write(s, from);
	mutex_unlock(&s->lock);
	return ret;
}

static int xen_carveout_fsync(struct file *file, loff_t start, loff_t end,
			      int datasync)
{
	struct xen_carveout_stream *s = file->private_data;
	int err;

	if (mutex_lock_killable(&s->lock))
		return -EINTR;
	err = xen_carveout_stream_sync(s);
	mutex_unlock(&s->lock);
	return err;
}

/*
 * How the closing process ends, as wait(2) has it: a signal in the low 7 bits,
 * or 256 times the argument of exit().  0: well, or it does not end.
 *
 * When files are closed on exit, exit_code is set.  PF_SIGNALED would not do:
 * threads of a process that calls exit() are ended by SIGKILL and have it set.
 * A thread that was leaving by itself when its process ended has the code in
 * its signal struct only; outside of SIGNAL_GROUP_EXIT that field serves job
 * control.
 */
static int closer_status(void)
{
	struct signal_struct *signal = current->signal;

	if (!(current->flags & PF_EXITING))
		return fatal_signal_pending(current) ? SIGKILL : 0;
	if (signal->flags & SIGNAL_GROUP_EXIT)
		return signal->group_exit_code;
	return current->exit_code;
}

/*
 * One process, which ends with `status`, closes the file.  A holder that is
 * killed always counts: it had the file for some reason.  A status other than 0
 * counts of the process that wrote last and of the file's last holder (a shell
 * with a loader's script), not of a `grep` in between.
 */
static void note_closed(struct xen_carveout_stream *s, int status, bool last)
{
	if (!status)
		WRITE_ONCE(s->closed, true);
	else if (status & 0x7f)
		WRITE_ONCE(s->abandoned, "a process that held it was killed");
	else if (last || READ_ONCE(s->writer) == task_tgid_nr(current))
		WRITE_ONCE(s->abandoned,
			   "its writer ended with an exit status other than 0");
}

/*
 * For the last holder of the file: no other can be in the middle of a step.  If
 * the lock is held all the same, its holder died in an access bracket
 * (xen_carveout.h): false, and the load is incomplete.
 */
static bool lock_alone(struct xen_carveout_stream *s)
{
	if (mutex_trylock(&s->lock))
		return true;
	dev_warn(&s->c->dev,
		 "not sealed: its writer died in the middle of a copy\n");
	return false;
}

/*
 * One holder closes the file.  If it is the last (the descriptor is out of its
 * table already, so nobody can get at this reference), seal here, where
 * close() can return the outcome; if that cannot be told, release() seals.
 */
static int xen_carveout_flush(struct file *file, fl_owner_t id)
{
	struct xen_carveout_stream *s = file->private_data;
	bool last = file_count(file) == 1;
	int err;

	/* Without the lock: another holder may be in the middle of a step. */
	note_closed(s, closer_status(), last);
	if (!last)
		return 0;
	if (!lock_alone(s))
		return -EIO;
	err = xen_carveout_stream_last(s);
	mutex_unlock(&s->lock);
	return err;
}

/*
 * The last reference is gone, whoever dropped it: a process that dies with a
 * descriptor unread in its socket is not one that takes a load to its end.
 */
static int xen_carveout_release(struct inode *inode, struct file *file)
{
	struct xen_carveout_stream *s = file->private_data;
	bool closed = READ_ONCE(s->closed);

	note_closed(s, closer_status(), true);
	if (lock_alone(s)) {
		if (!closed && !s->abandoned)
			s->abandoned = "nobody closed it after its last byte";
		xen_carveout_stream_last(s);
		mutex_unlock(&s->lock);
	}
	xen_carveout_stream_end(s);
	kfree(s);
	return 0;
}

const struct file_operations xen_carveout_fops = {
	.owner = THIS_MODULE,
	.open = xen_carveout_open,
	.write_iter = xen_carveout_write_iter,
	.splice_write = iter_file_splice_write,
	.fsync = xen_carveout_fsync,
	.flush = xen_carveout_flush,
	.release = xen_carveout_release,
};
