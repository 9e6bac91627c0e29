// SPDX-License-Identifier: GPL-2.0-only
/* /proc/pagewalk/raw: the ioctls of include/uapi/xlate/pagewalk.h. */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/once.h>
#include <linux/random.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "pagewalk.h"

/* Entries are gathered here under the mmap lock and copied out after it is dropped. */
#define BOUNCE_BYTES (64 * 1024)

/**
 * struct scan - one PAGEWALK_IOC_SCAN under way
 * @arg:    the caller's request
 * @walker: the walk
 * @runs:   builder (RUNS)
 * @bounce: gathered records
 * @used:   bytes in @bounce
 * @room:   bytes of the caller's buffer that are still free
 */
struct scan {
	struct pagewalk_scan arg;
	struct pw_walker *walker;
	struct runs runs;
	void *bounce;
	size_t used;
	u64 room;
};

/* Copies a struct that starts with its size, as include/uapi/xlate/pagewalk.h promises. */
static int copy_request(void *to, size_t size, const void __user *from, u32 *user_size)
{
	if (get_user(*user_size, (const u32 __user *)from))
		return -EFAULT;
	if (*user_size < size)
		return -EINVAL;
	if (*user_size > PAGE_SIZE)
		return -E2BIG;
	return copy_struct_from_user(to, size, from, *user_size);
}

static long raw_features(void __user *arg)
{
	struct pagewalk_features f;
	u32 size;
	int ret;

	ret = copy_request(&f, sizeof(f), arg, &size);
	if (ret)
		return ret;
	if (f.reserved)
		return -EINVAL;
	f = (struct pagewalk_features){
		.size = size,
		.version = PAGEWALK_API_VERSION,
		.scan_flags = PAGEWALK_F_ALL,
		.layouts = BIT(PAGEWALK_LAYOUT_RAW) | BIT(PAGEWALK_LAYOUT_RUNS),
		.mmu = pw_mmu,
	};
	return copy_to_user(arg, &f, sizeof(f)) ? -EFAULT : 0;
}

/* Layout RAW: the entries of a span as they are. */
static int raw_chunk(struct pw_walker *w, const struct radix_span *span)
{
	struct scan *s = w->ctx;
	struct pagewalk_chunk *chunk = s->bounce + s->used;
	size_t bytes = sizeof(*chunk) + span->count * sizeof(u64);

	if (bytes > min_t(u64, BOUNCE_BYTES, s->room) - s->used) {
		w->next = pw_span_start(w, span);
		return PW_FULL;
	}
	*chunk = (struct pagewalk_chunk){
		.va = span->va,
		.table = span->table,
		.vma = w->bits,
		.index = span->index,
		.count = span->count,
		.level = span->level,
		.path = w->area.path,
	};
	memcpy(chunk + 1, span->entry, span->count * sizeof(u64));
	s->used += bytes;
	return 0;
}

/* Upper levels are mostly empty: not worth a record. */
static int raw_span(struct pw_walker *w, const struct radix_span *span)
{
	unsigned int i;

	if (span->level > 1) {
		for (i = 0; i < span->count && !span->entry[i];)
			i++;
		if (i == span->count)
			return 0;
	}
	return raw_chunk(w, span);
}

/* Layout RUNS. */
static int runs_span(struct pw_walker *w, const struct radix_span *span)
{
	struct scan *s = w->ctx;

	if (runs_add(&s->runs, span, w->facts ? w->page + span->index : NULL, &w->area)) {
		/*
		 * The run under way was taken in, but there is no room behind it. That of an
		 * area before this one may end in an empty entry that reaches into this one.
		 */
		w->next = s->runs.area == w->area.start ? s->runs.cur.end : pw_span_start(w, span);
		return PW_FULL;
	}
	return 0;
}

/* Hands the gathered records to the caller. */
static int scan_copy_out(struct scan *s)
{
	void __user *to = u64_to_user_ptr(s->arg.vec + s->arg.vec_used);

	if (s->arg.layout == PAGEWALK_LAYOUT_RUNS)
		s->used = s->runs.count * sizeof(struct pagewalk_run);
	if (s->used && copy_to_user(to, s->bounce, s->used))
		return -EFAULT;
	s->arg.vec_used += s->used;
	s->room -= s->used;
	s->used = 0;
	s->runs.count = 0;
	s->runs.max = min_t(u64, BOUNCE_BYTES, s->room) / sizeof(struct pagewalk_run);
	return 0;
}

static_assert(PAGEWALK_VEC_MIN >=
	      sizeof(struct pagewalk_chunk) + RADIX_ENTRIES * sizeof(u64) +
		      (X86_MAX_LEVEL - 1) * (sizeof(struct pagewalk_chunk) + sizeof(u64)));

/* Can the caller's buffer take what may come next: one more run, or one more table? */
static bool scan_has_room(const struct scan *s)
{
	return s->room >= (s->arg.layout == PAGEWALK_LAYOUT_RAW ? PAGEWALK_VEC_MIN :
								  sizeof(struct pagewalk_run));
}

static int scan_range(struct scan *s, u64 pos, u64 end)
{
	struct pw_walker *w = s->walker;
	int ret;

	for (;;) {
		ret = pos < end ? pw_walk(w, pos, end) : 0;
		if (ret < 0)
			return ret;
		pos = ret ? w->next : end;
		if (!ret && runs_flush(&s->runs))
			ret = PW_FULL;
		if (scan_copy_out(s))
			return -EFAULT;
		if (!ret || !scan_has_room(s))
			break;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	/*
	 * A run that found no room is given whole the next time. If it is of empty entries, it
	 * may begin before its area, where other areas lie.
	 */
	s->arg.walk_end = s->runs.cur.end ? max(s->runs.cur.start, s->runs.area) : pos;
	return 0;
}

static int scan_check(const struct pagewalk_scan *a)
{
	u32 flags = a->layout == PAGEWALK_LAYOUT_RAW ? PAGEWALK_F_TABLES :
						       PAGEWALK_F_FACTS | PAGEWALK_F_HOLES;

	if (a->layout > PAGEWALK_LAYOUT_RUNS || (a->flags & ~flags))
		return -EINVAL;
	if (a->reserved[0] || a->reserved[1])
		return -EINVAL;
	if (!PAGE_ALIGNED(a->start) || (!PAGE_ALIGNED(a->end) && a->end != ~0ULL) ||
	    a->start > a->end)
		return -EINVAL;
	if (!IS_ALIGNED(a->vec, sizeof(u64)) || a->vec_len < PAGEWALK_VEC_MIN)
		return -EINVAL;
	if (!access_ok(u64_to_user_ptr(a->vec), a->vec_len))
		return -EFAULT;
	return 0;
}

/* Tells one address space of a process from the next, without giving an address away. */
static u64 mm_cookie(struct mm_struct *mm)
{
	static siphash_key_t key;

	get_random_once(&key, sizeof(key));
	return siphash_3u64((unsigned long)mm, mm->start_stack, mm->start_brk, &key) | 1;
}

static int scan_mm(struct scan *s, struct mm_struct *mm)
{
	struct pagewalk_scan *a = &s->arg;
	u64 end = min_t(u64, a->end, TASK_SIZE_MAX), cookie = mm_cookie(mm);
	bool raw = a->layout == PAGEWALK_LAYOUT_RAW;
	int ret;

	if (a->cookie && a->cookie != cookie)
		return -ESTALE;
	a->cookie = cookie;
	a->vec_used = 0;
	a->walk_end = end;
	if (a->start >= end)
		return 0;

	s->room = a->vec_len;
	s->bounce = kvmalloc(BOUNCE_BYTES, GFP_KERNEL);
	s->walker = pw_walker_new(mm);
	ret = -ENOMEM;
	if (!s->bounce || !s->walker)
		goto out;

	s->walker->ctx = s;
	s->walker->facts = a->flags & PAGEWALK_F_FACTS;
	s->walker->span = raw ? raw_span : runs_span;
	s->walker->table = raw && (a->flags & PAGEWALK_F_TABLES) ? raw_chunk : NULL;
	runs_init(&s->runs, &pw_mmu, a->flags & PAGEWALK_F_HOLES, s->bounce,
		  min_t(u64, BOUNCE_BYTES, s->room) / sizeof(struct pagewalk_run));
	ret = scan_range(s, a->start, end);
out:
	pw_walker_free(s->walker);
	kvfree(s->bounce);
	return ret;
}

static long raw_scan(void __user *arg)
{
	struct scan s = {};
	struct mm_struct *mm;
	struct pid *pid;
	u32 size;
	int ret;

	ret = copy_request(&s.arg, sizeof(s.arg), arg, &size);
	if (ret)
		return ret;
	ret = scan_check(&s.arg);
	if (ret)
		return ret;
	pid = pw_target_get(s.arg.pid);
	if (IS_ERR(pid))
		return PTR_ERR(pid);
	mm = pw_target_mm(pid);
	put_pid(pid);
	if (IS_ERR(mm))
		return PTR_ERR(mm);

	ret = scan_mm(&s, mm);
	mmput_async(mm);
	if (!ret && copy_to_user(arg, &s.arg, sizeof(s.arg)))
		ret = -EFAULT;
	return ret;
}

static long raw_probe(void __user *arg)
{
	struct pagewalk_probe *p;
	struct mm_struct *mm;
	struct pid *pid;
	u32 size;
	int ret;

	p = kzalloc(sizeof(*p), GFP_KERNEL);
	if (!p)
		return -ENOMEM;
	ret = copy_request(p, sizeof(*p), arg, &size);
	if (!ret && (p->flags || p->reserved))
		ret = -EINVAL;
	if (ret)
		goto out_free;
	pid = pw_target_get(p->pid);
	ret = PTR_ERR_OR_ZERO(pid);
	if (ret)
		goto out_free;
	mm = pw_target_mm(pid);
	ret = PTR_ERR_OR_ZERO(mm);
	if (ret)
		goto out_put_pid;

	ret = pw_probe(mm, pid, p->addr, &p->facts);
	mmput_async(mm);
	if (!ret && copy_to_user(arg, p, sizeof(*p)))
		ret = -EFAULT;
out_put_pid:
	put_pid(pid);
out_free:
	kfree(p);
	return ret;
}

static long raw_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	int ret;

	ret = xlate_permitted(file);
	if (ret)
		return ret;
	if (_IOC_TYPE(cmd) != PAGEWALK_IOC_MAGIC || _IOC_DIR(cmd) != (_IOC_READ | _IOC_WRITE))
		return -ENOTTY;
	/* By number, not by the size that is part of it: structs may grow. */
	switch (_IOC_NR(cmd)) {
	case _IOC_NR(PAGEWALK_IOC_FEATURES):
		return raw_features(user);
	case _IOC_NR(PAGEWALK_IOC_SCAN):
		return raw_scan(user);
	case _IOC_NR(PAGEWALK_IOC_PROBE):
		return raw_probe(user);
	}
	return -ENOTTY;
}

static int raw_open(struct inode *inode, struct file *file)
{
	return xlate_permitted(file);
}

const struct proc_ops pw_raw_ops = {
	.proc_open = raw_open,
	.proc_ioctl = raw_ioctl,
	.proc_compat_ioctl = compat_ptr_ioctl,
	.proc_lseek = noop_llseek,
};
