// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/carveout/NAME: write an image, and it is sealed when the last holder of
 * the open file lets go.
 *
 * It is sealed only if bytes were written, no write failed and nobody who held
 * the file was killed.  Each holder's end passes through .flush, in its own
 * context; .release alone would see the last one only.  What this cannot see
 * is how the *producer* of a pipe ended (`producer | cat > dev`): give
 * expected_size for that.  A file descriptor in flight in a unix socket is
 * dropped without .flush, too.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/splice.h>

#include "internal.h"

static int carveout_open(struct inode *inode, struct file *file)
{
	struct carveout *c = container_of(inode->i_cdev, struct carveout, cdev);
	struct carveout_stream *s;
	int err;

	if ((file->f_flags & O_ACCMODE) == O_RDONLY)
		return -EACCES;
	if ((file->f_flags & O_ACCMODE) != O_WRONLY)
		return -EINVAL;
	s = kmalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	err = carveout_stream_begin(s, c);
	if (err) {
		kfree(s);
		return err;
	}
	file->private_data = s;
	return stream_open(inode, file);
}

static ssize_t carveout_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct carveout_stream *s = iocb->ki_filp->private_data;
	ssize_t ret;

	if (mutex_lock_killable(&s->lock))
		return -EINTR;
	ret = carveout_stream_write(s, from);
	mutex_unlock(&s->lock);
	return ret;
}

/* Seal now, and say what came of it.  Nothing written: nothing to do. */
static int carveout_fsync(struct file *file, loff_t start, loff_t end,
			  int datasync)
{
	struct carveout_stream *s = file->private_data;
	int err;

	if (mutex_lock_killable(&s->lock))
		return -EINTR;
	err = carveout_stream_seal(s);
	mutex_unlock(&s->lock);
	return err;
}

/*
 * Is the closing task dying of a signal?  When files are closed on exit,
 * exit_code is set: the signal in its low 7 bits, or 256 times the argument of
 * exit().  PF_SIGNALED would not do: threads of a process that calls exit()
 * are ended by SIGKILL and have it set.  A thread that was leaving by itself
 * when its process was killed has the code in its signal struct only; outside
 * of SIGNAL_GROUP_EXIT that field serves job control.
 */
static bool closer_was_killed(void)
{
	struct signal_struct *signal = current->signal;

	if (!(current->flags & PF_EXITING))
		return fatal_signal_pending(current);
	if (current->exit_code & 0x7f)
		return true;
	return (signal->flags & SIGNAL_GROUP_EXIT) &&
	       (signal->group_exit_code & 0x7f);
}

/*
 * One holder closes the file.  If it is the last (the descriptor is out of its
 * table already, so nobody can get at this reference), seal here, where
 * close() can return the outcome; if that cannot be told, release() seals.
 */
static int carveout_flush(struct file *file, fl_owner_t id)
{
	struct carveout_stream *s = file->private_data;
	int err;

	/* Without the lock: another holder may be in the middle of a step. */
	if (closer_was_killed())
		WRITE_ONCE(s->killed, true);
	if (file_count(file) != 1)
		return 0;
	mutex_lock(&s->lock);
	err = carveout_stream_last(s);
	mutex_unlock(&s->lock);
	return err;
}

static int carveout_release(struct inode *inode, struct file *file)
{
	struct carveout_stream *s = file->private_data;

	mutex_lock(&s->lock);
	carveout_stream_last(s);
	mutex_unlock(&s->lock);
	carveout_stream_end(s);
	kfree(s);
	return 0;
}

const struct file_operations carveout_fops = {
	.owner = THIS_MODULE,
	.open = carveout_open,
	.write_iter = carveout_write_iter,
	.splice_write = iter_file_splice_write,
	.fsync = carveout_fsync,
	.flush = carveout_flush,
	.release = carveout_release,
};
