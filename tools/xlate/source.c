// SPDX-License-Identifier: GPL-2.0-only
/* Where entries come from: a process, through /proc/pagewalk/raw, or a saved dump. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "xlate.h"

#define RAW_FILE "/proc/pagewalk/raw"

/* Room for the answers of one scan, in bytes. */
#define SCAN_BUFFER (1 << 20)

int raw_open(struct pagewalk_features *f, struct absence *why)
{
	int fd = open(RAW_FILE, O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		if (errno == ENOENT || errno == ENOTDIR) {
			why->why = "the module pagewalk is not loaded (no " RAW_FILE ")";
			why->hint =
				"as root: modprobe pagewalk, or from the build: insmod ./pagewalk/pagewalk.ko";
		} else if (errno == EACCES || (errno == EPERM && geteuid())) {
			why->why = RAW_FILE " is only for root";
			why->hint = "run it as root: sudo xlate ...";
		} else if (errno == EPERM) {
			why->why = RAW_FILE " is refused";
			why->hint =
				"it needs CAP_SYS_ADMIN in the initial user namespace, and a kernel that is not in lockdown=confidentiality (/sys/kernel/security/lockdown)";
		} else {
			why->why = RAW_FILE " cannot be opened";
			why->hint = strerror(errno);
		}
		return -1;
	}

	memset(f, 0, sizeof(*f));
	f->size = sizeof(*f);
	if (ioctl(fd, PAGEWALK_IOC_FEATURES, f) < 0) {
		why->why = "the module pagewalk does not answer as expected";
		why->hint =
			errno == EPERM ?
				"it needs CAP_SYS_ADMIN in the initial user namespace, and no lockdown" :
				"the module and xlate are of different versions: build and load both from one tree";
		close(fd);
		return -1;
	}
	if ((f->mmu.levels != 4 && f->mmu.levels != 5) || (f->layouts & 3) != 3) {
		why->why = "the module pagewalk speaks another language";
		why->hint =
			"the module and xlate are of different versions: build and load both from one tree";
		close(fd);
		return -1;
	}
	return fd;
}

int parse_pid(const char *word, pid_t *pid)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(word, &end, 10);
	if (end == word || *end || errno || n <= 0 || n > 0x7fffffff)
		return fail(XLATE_USAGE, "a process is named by its number: xlate ps lists them",
			    "%s: not a process number", word);
	*pid = n;
	return 0;
}

static char *read_proc(pid_t pid, const char *name, size_t *len)
{
	size_t room = 0, n = 0;
	char path[64], *buf = NULL;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	do {
		if (room - n < 4096) {
			room = room ? 2 * room : 16384;
			buf = xalloc(realloc(buf, room));
		}
		got = read(fd, buf + n, room - n - 1);
		if (got > 0)
			n += got;
	} while (got > 0);
	close(fd);
	if (got < 0) {
		free(buf);
		return NULL;
	}
	buf[n] = '\0';
	*len = n;
	return buf;
}

int source_open_pid(struct source *s, pid_t pid)
{
	struct pagewalk_features features;
	struct pagewalk_facts facts;
	struct absence absence;
	size_t len = 0;
	char *text;
	int ret;

	memset(s, 0, sizeof(*s));
	s->pid = pid;
	s->fd = raw_open(&features, &absence);
	if (s->fd < 0)
		return fail(XLATE_ABSENT, absence.hint, "%s", absence.why);
	s->mmu = features.mmu;

	ret = source_probe(s, 0, &facts);
	if (ret) {
		ret = source_failed(s, ret, false);
		close(s->fd);
		return ret;
	}
	s->root = facts.root;
	s->user_root = facts.user_root;
	s->task_size = facts.task_size;

	text = read_proc(pid, "comm", &len);
	snprintf(s->comm, sizeof(s->comm), "%.*s", text ? (int)strcspn(text, "\n") : 1,
		 text ? text : "?");
	free(text);
	text = read_proc(pid, "maps", &len);
	if (text)
		maps_parse(&s->maps, text, len);
	free(text);
	return 0;
}

int source_open(struct source *s, int *argc, char ***argv)
{
	pid_t pid;
	int ret;

	if (opt.ninputs) {
		memset(s, 0, sizeof(*s));
		s->fd = -1;
		return dump_open(s, opt.inputs[0]);
	}
	if (!*argc)
		return fail(XLATE_USAGE, "xlate ps lists the processes",
			    "which process? a PID is missing");
	ret = parse_pid((*argv)[0], &pid);
	if (ret)
		return ret;
	(*argc)--;
	(*argv)++;
	return source_open_pid(s, pid);
}

void source_close(struct source *s)
{
	if (s->fd >= 0)
		close(s->fd);
	maps_free(&s->maps);
	dump_free(s->dump);
	memset(s, 0, sizeof(*s));
	s->fd = -1;
}

/* Hands out what one scan brought. */
static int deliver_raw(const char *buf, u64 used, chunk_fn fn, void *ctx)
{
	const struct pagewalk_chunk *c;
	u64 at = 0, size;
	int ret;

	while (used - at >= sizeof(*c)) {
		c = (const void *)(buf + at);
		size = sizeof(*c) + c->count * sizeof(u64);
		if (size > used - at)
			return -EPROTO;
		ret = fn(ctx, c, (const u64 *)(c + 1));
		if (ret)
			return ret;
		at += size;
	}
	return at == used ? 0 : -EPROTO;
}

static int deliver_runs(const char *buf, u64 used, run_fn fn, void *ctx)
{
	const struct pagewalk_run *r = (const void *)buf;
	int ret;

	for (; used >= sizeof(*r); used -= sizeof(*r), r++) {
		ret = fn(ctx, r);
		if (ret)
			return ret;
	}
	return used ? -EPROTO : 0;
}

static int scan(struct source *s, struct range r, u32 layout, u32 flags, chunk_fn chunk, run_fn run,
		void *ctx)
{
	struct pagewalk_scan arg;
	char *buf = xalloc(malloc(SCAN_BUFFER));
	int ret;

	do {
		memset(&arg, 0, sizeof(arg));
		arg.size = sizeof(arg);
		arg.flags = flags;
		arg.pid = s->pid;
		arg.layout = layout;
		arg.start = r.start;
		arg.end = r.end;
		arg.vec = (u64)(unsigned long)buf;
		arg.vec_len = SCAN_BUFFER;
		arg.cookie = s->cookie;
		ret = ioctl(s->fd, PAGEWALK_IOC_SCAN, &arg) < 0 ? -errno : 0;
		if (ret)
			break;
		s->cookie = arg.cookie;
		ret = arg.vec_used > SCAN_BUFFER ? -EPROTO :
		      chunk			 ? deliver_raw(buf, arg.vec_used, chunk, ctx) :
						   deliver_runs(buf, arg.vec_used, run, ctx);
		/* It must get on, or be at its end. */
		if (arg.walk_end <= r.start) {
			if (!ret && arg.vec_used)
				ret = -EPROTO;
			break;
		}
		r.start = arg.walk_end;
	} while (!ret && r.start < r.end && r.start < s->task_size);
	free(buf);
	return ret;
}

int source_raw(struct source *s, struct range r, u32 flags, chunk_fn fn, void *ctx)
{
	if (s->task_size && r.start >= s->task_size)
		return 0;
	return s->dump ? dump_raw(s, r, flags, fn, ctx) :
			 scan(s, r, PAGEWALK_LAYOUT_RAW, flags, fn, NULL, ctx);
}

int source_runs(struct source *s, struct range r, u32 flags, run_fn fn, void *ctx)
{
	if (s->task_size && r.start >= s->task_size)
		return 0;
	return s->dump ? dump_runs(s, r, flags, fn, ctx) :
			 scan(s, r, PAGEWALK_LAYOUT_RUNS, flags, NULL, fn, ctx);
}

int source_probe(struct source *s, u64 addr, struct pagewalk_facts *f)
{
	struct pagewalk_probe arg;

	if (s->dump)
		return dump_probe(s, addr, f);
	memset(&arg, 0, sizeof(arg));
	arg.size = sizeof(arg);
	arg.pid = s->pid;
	arg.addr = addr;
	if (ioctl(s->fd, PAGEWALK_IOC_PROBE, &arg) < 0)
		return -errno;
	*f = arg.facts;
	return 0;
}

int source_failed(const struct source *s, int err, bool partly)
{
	const char *got = partly ? "; what was read until then is shown" : "";

	switch (-err) {
	case ESRCH:
		if (partly || s->cookie)
			return fail(XLATE_ERROR, NULL, "process %d exited meanwhile%s", s->pid,
				    got);
		return fail(XLATE_ERROR,
			    "it has exited, or is known by another number in this pid namespace",
			    "no process %d", s->pid);
	case ESTALE:
		return fail(XLATE_ERROR, "run it again to see the new program",
			    "process %d executed another program meanwhile%s", s->pid, got);
	case EINVAL:
		return fail(XLATE_ERROR,
			    "kernel threads have no user memory: xlate ps lists who has",
			    "process %d has no page table of its own", s->pid);
	case EPERM:
	case EACCES:
		return fail(
			XLATE_ABSENT,
			"it needs root (CAP_SYS_ADMIN in the initial user namespace) and no lockdown=confidentiality",
			"process %d: not permitted", s->pid);
	case E2BIG:
	case ENOTTY:
	case EPROTO:
		return fail(
			XLATE_ERROR,
			"the module and xlate are of different versions: build and load both from one tree",
			"the module pagewalk does not answer as expected%s", got);
	default:
		return fail(XLATE_ERROR, NULL, "process %d: %s%s", s->pid, strerror(-err), got);
	}
}
