// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers of everything while the machine is busy: the texts, the ioctls, explain, and
 * processes that are attached as they exit; then the same while the module comes and goes.
 * What is read is not looked at here (the kernel may complain, and the harness sees that),
 * but it must have been read.
 *
 * usage: storm SECONDS PID, of the stress-ng that must still run at the end
 */
#include "tests.h"

#include <dirent.h>

struct counts {
	unsigned long attached, refused, texts, text_bytes, explained, raw, runs, entries, probed,
		races, opened;
	unsigned long odd; /* errors that none of this should give */
	int odd_errno;
	char odd_what[64];
	bool stop;
	bool cycling; /* the module comes and goes */
};

static struct counts *c;

#define ADD(what, n) __atomic_fetch_add(&c->what, n, __ATOMIC_RELAXED)

/* Is the last error one that processes and modules that go away explain? */
static void note(const char *what)
{
	switch (errno) {
	case ESRCH: /* has exited */
	case EINVAL: /* is a kernel thread */
	case EEXIST: /* somebody else attached it */
	case ENOENT: /* no folder */
	case EIO: /* the folder has gone since */
	case EINTR:
		ADD(refused, 1);
		return;
	case ENOTTY: /* so does proc answer once the module has gone */
	case ENXIO:
	case ENODEV:
		if (c->cycling) {
			ADD(refused, 1);
			return;
		}
	}
	if (!ADD(odd, 1)) {
		c->odd_errno = errno;
		snprintf(c->odd_what, sizeof(c->odd_what), "%s", what);
	}
}

/* Some process. */
static pid_t anybody(unsigned int *seed)
{
	static pid_t list[4096];
	static unsigned int count, used;

	if (used++ % 32 == 0) {
		DIR *dir = opendir("/proc");
		struct dirent *d;

		count = 0;
		while ((d = readdir(dir)) && count < 4096)
			if (atoi(d->d_name) > 0)
				list[count++] = atoi(d->d_name);
		closedir(dir);
	}
	return list[rand_r(seed) % count];
}

static void read_texts(void *arg)
{
	static const char *const names[] = { "pages", "tables", "summary", "explain" };
	unsigned int seed = (uintptr_t)arg;
	static char buf[1 << 16];
	char path[64];

	while (!c->stop) {
		pid_t pid = anybody(&seed);
		unsigned int i;

		if (attach(pid))
			ADD(attached, 1);
		else
			note("attach");
		for (i = 0; i < 4; i++) {
			size_t want = 1 + rand_r(&seed) % sizeof(buf);
			ssize_t n, all = 0;
			int fd;

			snprintf(path, sizeof(path), PROC_PAGEWALK "/%d/%s", pid, names[i]);
			fd = open(path, i == 3 ? O_RDWR : O_RDONLY);
			if (fd < 0) {
				note("open");
				break;
			}
			ADD(opened, 1);
			if (i == 3) {
				/* Anywhere, but mostly where something is. */
				static const char *const where[] = {
					"0x400000 w",		"0x7ffffffff000 r",
					"0x7fffffffe000 w",	"0x8000000000000000 x",
					"0xffffffffff600000 x", "4096 r"
				};
				const char *ask = where[rand_r(&seed) % 6];

				if (write(fd, ask, strlen(ask)) < 0)
					note("explain");
				else
					ADD(explained, 1);
			} else if (rand_r(&seed) % 4 == 0) {
				n = pread(fd, buf, want, rand_r(&seed) % (1 << 16));
			}
			while ((n = read(fd, buf, want)) > 0 && !c->stop)
				all += n;
			if (n < 0)
				note(names[i]);
			if (all) {
				ADD(texts, 1);
				ADD(text_bytes, all);
			}
			close(fd);
		}
		if (rand_r(&seed) % 2 && !detach(pid))
			note("detach");
	}
}

static int open_raw(void)
{
	int fd = open(PROC_PAGEWALK "/raw", O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		note("raw");
		nap();
	}
	return fd;
}

static void scan(void *arg)
{
	unsigned int seed = (uintptr_t)arg;
	static char vec[1 << 20] __attribute__((aligned(8)));
	int fd = -1;

	while (!c->stop) {
		struct pagewalk_scan s = {
			.size = sizeof(s),
			.layout = rand_r(&seed) % 2,
			.end = ~0ULL,
			.vec = (uintptr_t)vec,
			.vec_len =
				PAGEWALK_VEC_MIN + rand_r(&seed) % (sizeof(vec) - PAGEWALK_VEC_MIN),
		};
		unsigned int calls;

		s.pid = rand_r(&seed) % 8 ? anybody(&seed) : 0;
		s.flags = rand_r(&seed) &
			  (s.layout == PAGEWALK_LAYOUT_RAW ? PAGEWALK_F_TABLES :
							     PAGEWALK_F_FACTS | PAGEWALK_F_HOLES);
		if (fd < 0 && (fd = open_raw()) < 0)
			continue;
		for (calls = 0; calls < 64 && !c->stop; calls++) {
			if (ioctl(fd, PAGEWALK_IOC_SCAN, &s)) {
				/* ESTALE: exec between two calls. */
				if (errno != ESTALE)
					note("scan");
				break;
			}
			if (s.layout)
				ADD(runs, 1);
			else
				ADD(raw, 1);
			ADD(entries, s.vec_used / 8);
			if (!s.vec_used || s.walk_end == s.start)
				break;
			s.start = s.walk_end;
		}
		/* The module may have gone and come back. */
		if (rand_r(&seed) % 8 == 0 || c->cycling) {
			close(fd);
			fd = -1;
		}
	}
}

static void probe(void *arg)
{
	unsigned int seed = (uintptr_t)arg;
	struct pagewalk_facts f;
	int fd = -1, err;

	while (!c->stop) {
		pid_t pid = anybody(&seed);
		uint64_t addr = 0;
		int i;

		if (fd < 0 && (fd = open_raw()) < 0)
			continue;
		for (i = 0; i < 32; i++) {
			err = raw_probe(fd, pid, addr, &f);
			if (err) {
				errno = -err;
				note("probe");
				break;
			}
			ADD(probed, 1);
			/* From area to area, some address in each. */
			addr = f.vma		 ? f.vm_end :
			       rand_r(&seed) % 4 ? f.prev_end - 8 :
						   ((uint64_t)rand_r(&seed) << 33 ^
						    (uint64_t)rand_r(&seed) << 12);
		}
		if (c->cycling) {
			close(fd);
			fd = -1;
		}
	}
}

static void quick(void *arg)
{
	volatile char *p =
		mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int i, n = (uintptr_t)arg;

	for (i = 0; i < n; i++)
		p[i * PAGE] = 1;
	if (n % 3 == 0)
		execl("/bin/true", "true", NULL);
}

/* Attaches what is about to exit, and opens its files. */
static void race(void *arg)
{
	unsigned int seed = (uintptr_t)arg;
	char path[64], buf[512];

	while (!c->stop) {
		pid_t pid = spawn(quick, (void *)(uintptr_t)(rand_r(&seed) % 64));
		int fd;

		if (attach(pid)) {
			ADD(races, 1);
			snprintf(path, sizeof(path), PROC_PAGEWALK "/%d/pages", pid);
			fd = open(path, O_RDONLY);
			if (rand_r(&seed) % 2)
				kill(pid, SIGKILL);
			if (fd >= 0) {
				while (read(fd, buf, sizeof(buf)) > 0)
					;
				if (rand_r(&seed) % 2)
					detach(pid);
				close(fd);
			}
		} else {
			note("attach");
		}
		waitpid(pid, NULL, 0);
	}
}

static bool module(bool in)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		execlp("modprobe", "modprobe", in ? "pagewalk" : "-r", in ? NULL : "pagewalk",
		       NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return status == 0;
}

#define READERS 5

static void start(pid_t *pid)
{
	void (*const what[READERS])(void *) = { read_texts, read_texts, scan, probe, race };
	uintptr_t i;

	c->stop = false;
	for (i = 0; i < READERS; i++)
		pid[i] = spawn(what[i], (void *)(i + 1));
}

/* Each kind of reader has read, however slow the machine. */
static bool all_have_read(void)
{
	return wait_until(c->attached && c->texts && c->text_bytes && c->explained && c->raw &&
				  c->runs && c->probed && c->races,
			  600);
}

static void finish(pid_t *pid, const char *when)
{
	bool all = all_have_read();
	unsigned int i, good = 0;
	int status;

	c->stop = true;
	for (i = 0; i < READERS; i++)
		good += waitpid(pid[i], &status, 0) == pid[i] && !status;
	ok(good == READERS, "%s: all readers came to their end", when);
	ok(!c->odd, "%s: no error but those of processes that go away", when);
	if (c->odd)
		diag("%lu others, the first: %s: %s", c->odd, c->odd_what, strerror(c->odd_errno));
	diag("%s: attached %lu, files opened %lu, texts read %lu (%lu KiB), explained %lu", when,
	     c->attached, c->opened, c->texts, c->text_bytes >> 10, c->explained);
	diag("%s: RAW scans %lu, RUNS scans %lu (%lu words), probes %lu, exit races %lu, refused %lu",
	     when, c->raw, c->runs, c->entries, c->probed, c->races, c->refused);
	ok(all, "%s: each kind of reader has read", when);
}

int main(int argc, char **argv)
{
	unsigned int cycles = 0, good = 0;
	pid_t pid[READERS], stress;
	double end;
	int seconds;

	if (argc != 3)
		bail("usage: storm SECONDS PID");
	seconds = atoi(argv[1]);
	stress = atoi(argv[2]);
	c = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	start(pid);
	sleep(seconds * 2 / 3);
	finish(pid, "storm");

	memset(c, 0, sizeof(*c));
	c->cycling = true;
	start(pid);
	end = now() + seconds / 3.0;
	while (now() < end || cycles < 5) {
		unsigned long before = c->texts + c->probed + c->raw + c->runs;

		/* Let them get to work in between. */
		wait_until(c->texts + c->probed + c->raw + c->runs > before + 20, 5);
		cycles++;
		good += module(false) && module(true);
	}
	finish(pid, "with the module coming and going");
	ok(good == cycles, "removed and inserted %u times", cycles);
	ok(proc_state(stress) && proc_state(stress) != 'Z', "stress-ng was there to the end");
	kill(stress, SIGINT);
	wait_until(!proc_state(stress) || proc_state(stress) == 'Z', 600);
	ok(module(false), "the module goes at last");
	return tap_end();
}
