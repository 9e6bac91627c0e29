// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a folder: processes that exit, exec and come back under the same number while
 * somebody reads; detaching and removing the module with everything open.
 */
#include "tests.h"

#include <pthread.h>
#include <sched.h>

#define SECONDS 30 /* how long anything may take at most */

static char self_exe[256];

static void loiter(void *arg)
{
	for (;;)
		pause();
}

static const char *folder_file(pid_t pid, const char *name)
{
	static char path[4][64];
	static unsigned int n;

	n = (n + 1) % 4;
	snprintf(path[n], sizeof(path[n]), PROC_PAGEWALK "/%d%s%s", pid, name ? "/" : "",
		 name ?: "");
	return path[n];
}

static bool has_folder(pid_t pid)
{
	return !access(folder_file(pid, NULL), F_OK);
}

static int open_file(pid_t pid, const char *name)
{
	return open(folder_file(pid, name), O_RDONLY | O_CLOEXEC);
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

/* Reads on; true when that ends, as it must when the process is gone. */
static bool ends(int fd)
{
	char buf[256];
	unsigned int i;
	ssize_t n;

	for (i = 0; i < 1 << 20; i++) {
		n = read(fd, buf, sizeof(buf));
		if (n == 0 || (n < 0 && (errno == EIO || errno == ESRCH)))
			return true;
		if (n < 0) {
			diag("read: %s", strerror(errno));
			return false;
		}
	}
	return false;
}

static void exits(void)
{
	pid_t pid = spawn(loiter, NULL);
	char buf[100];
	int pages, tables, summary, unread, explain;

	ok(attach(pid), "attach");
	ok(has_folder(pid), "there is a folder");
	pages = open_file(pid, "pages");
	tables = open_file(pid, "tables");
	unread = open_file(pid, "pages");
	summary = open_file(pid, "summary");
	explain = open(folder_file(pid, "explain"), O_RDWR | O_CLOEXEC);
	ok(read(pages, buf, 100) == 100 && read(tables, buf, 100) == 100, "files can be read");
	reap(pid);
	ok(wait_until(!has_folder(pid), SECONDS), "exit: the folder goes");
	ok(ends(pages), "exit in the middle of pages: it ends");
	ok(ends(tables), "exit in the middle of tables: it ends");
	ok(ends(unread), "exit before the first read: it ends");
	ok(ends(summary), "exit before summary: it ends");
	ok(write(explain, "0x1000 r", 8) < 0 && (errno == ESRCH || errno == EIO),
	   "exit before explain: refused");
	close(pages);
	close(tables);
	close(unread);
	close(summary);
	close(explain);
	ok(!detach(pid) && errno == ESRCH, "detaching it again: ESRCH");
}

/* The next process gets the number of one that has just exited; unless somebody else has it now. */
static pid_t spawn_as(pid_t want)
{
	char text[16];
	pid_t pid;
	int i;

	for (i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "%d", want - 1);
		if (!write_file("/proc/sys/kernel/ns_last_pid", text))
			return -1;
		pid = spawn(loiter, NULL);
		if (pid == want)
			return pid;
		reap(pid);
	}
	return -1;
}

static void reused(void)
{
	unsigned int i, good = 0, again = 0;
	pid_t pid, next;

	for (i = 0; i < 300 && again < 30; i++) {
		char *text;

		pid = spawn(loiter, NULL);
		if (!attach(pid))
			break;
		reap(pid);
		next = spawn_as(pid);
		/* A thread of the kernel may have taken it, and keep it. */
		if (next != pid)
			continue;
		again++;
		/* The folder of the old one may still be there, or have gone: all the same. */
		if (attach(next)) {
			text = read_pw(next, "summary", NULL);
			/* And it must stay: it belongs to the new one. */
			good += text && has_folder(next);
			free(text);
		} else {
			diag("attaching %d again: %s", next, strerror(errno));
		}
		reap(next);
		wait_until(!has_folder(next), SECONDS);
	}
	ok(again == 30 && good == again, "a number that is used again: %u of %u attached", good,
	   again);
}

static int go[2];

static void exec_later(void *arg)
{
	char c;

	memset(mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 1,
	       64 * PAGE);
	if (read(go[0], &c, 1) == 1)
		execl(self_exe, self_exe, "wait", NULL);
}

static void *exec_from_thread(void *arg)
{
	exec_later(NULL);
	return NULL;
}

static void exec_by_thread(void *arg)
{
	pthread_t thread;

	pthread_create(&thread, NULL, exec_from_thread, NULL);
	for (;;)
		pause();
}

static bool named(pid_t pid, const char *name)
{
	char path[32], *text;
	bool is;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	text = read_file(path, NULL);
	/* The second word. */
	is = text && !strcmp(text + strlen(text) + 1, name);
	free(text);
	return is;
}

static void execs(void (*how)(void *), const char *what)
{
	struct pagewalk_scan s = { .size = sizeof(s), .end = ~0ULL, .vec_len = 1 << 20 };
	int pages, tables, raw = raw_open();
	char buf[100], *old, *later;
	pid_t pid;

	if (pipe2(go, O_CLOEXEC))
		bail("pipe");
	pid = spawn(how, NULL);
	if (!attach(pid))
		bail("attach");
	s.pid = pid;
	s.vec = (uintptr_t)malloc(s.vec_len);
	ok(!ioctl(raw, PAGEWALK_IOC_SCAN, &s) && s.cookie, "%s: a scan gives a cookie", what);
	pages = open_file(pid, "pages");
	tables = open_file(pid, "tables");
	old = read_pw(pid, "pages", NULL);
	if (read(pages, buf, 100) != 100 || read(tables, buf, 100) != 100 || !old)
		bail("read");
	if (write(go[1], "", 1) != 1 || !wait_until(named(pid, "wait"), SECONDS))
		bail("no exec");
	ok(ends(pages), "%s in the middle of pages: it ends", what);
	ok(ends(tables), "%s in the middle of tables: it ends", what);
	ok(has_folder(pid), "%s: the folder stays", what);
	later = read_pw(pid, "pages", NULL);
	ok(later && strlen(later) > 200 && strcmp(old, later),
	   "%s: opened again, it shows the new program", what);
	s.start = 0;
	ok(ioctl(raw, PAGEWALK_IOC_SCAN, &s) && errno == ESTALE, "%s: the old cookie is stale",
	   what);
	s.cookie = 0;
	ok(!ioctl(raw, PAGEWALK_IOC_SCAN, &s), "%s: without a cookie, the new program", what);
	free(old);
	free(later);
	close(pages);
	close(tables);
	close(raw);
	reap(pid);
	ok(wait_until(!has_folder(pid), SECONDS), "%s, then exit: the folder goes", what);
}

static void detached(void)
{
	pid_t pid = spawn(loiter, NULL);
	int pages, explain;
	char buf[100];

	attach(pid);
	pages = open_file(pid, "pages");
	explain = open(folder_file(pid, "explain"), O_RDWR | O_CLOEXEC);
	ok(read(pages, buf, 100) == 100 && write(explain, "0x1000 r", 8) == 8, "files are open");
	ok(detach(pid), "detach with open files");
	ok(!has_folder(pid), "the folder has gone at once");
	ok(ends(pages), "pages ends");
	ok(ends(explain), "explain ends");
	ok(attach(pid) && has_folder(pid), "attach again");
	close(pages);
	close(explain);
	ok(has_folder(pid), "closing the old files does not touch the new folder");
	reap(pid);
}

struct tids {
	pid_t leader, thread;
};
static struct tids *tids;

static void *note_tid(void *arg)
{
	tids->thread = syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

static void two_threads(void *arg)
{
	pthread_t thread;

	tids->leader = getpid();
	pthread_create(&thread, NULL, note_tid, NULL);
	if (arg)
		pthread_exit(NULL);
	for (;;)
		pause();
}

static void threads(void)
{
	struct pagewalk_facts f;
	int raw = raw_open();
	char *text;
	pid_t pid;

	tids->thread = 0;
	pid = spawn(two_threads, NULL);
	wait_until(tids->thread, SECONDS);
	ok(attach(tids->thread), "attach by the id of a thread");
	ok(has_folder(pid), "the folder is that of the process");
	ok(!attach(pid) && errno == EEXIST, "attaching the process now: EEXIST");
	ok(!raw_probe(raw, tids->thread, (uintptr_t)self_exe, &f) && f.steps,
	   "probe by the id of a thread");
	ok(detach(tids->thread) && !has_folder(pid), "detach by the id of a thread");
	reap(pid);

	tids->thread = 0;
	pid = spawn(two_threads, "leader leaves");
	wait_until(tids->thread && proc_state(pid) == 'Z', SECONDS);
	ok(attach(pid), "attach a process whose first thread has ended");
	text = read_pw(pid, "pages", NULL);
	ok(text && strlen(text) > 200, "its pages are there");
	free(text);
	ok(!raw_probe(raw, pid, (uintptr_t)self_exe, &f) && f.steps, "probe it");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ok(wait_until(!has_folder(pid), SECONDS), "and when the last thread ends, the folder goes");
	close(raw);
}

/* A file read piece by piece is the file read at once; the process stands still. */
static void pieces(void)
{
	static const char *const names[] = { "pages", "tables", "summary" };
	pid_t pid = spawn(two_threads, NULL);
	size_t i, at, size = 0, again_size = 0;
	unsigned int seed = 1, try;
	char *text, *again, *got;

	kill(pid, SIGSTOP);
	wait_until(proc_state(pid) == 'T', SECONDS);
	attach(pid);
	for (i = 0; i < 3; i++) {
		bool small = false, random = false;

		/* The kernel ages pages now and then: what changed is read anew. */
		for (try = 0; try < 5 && !(small && random); try++) {
			int fd = open_file(pid, names[i]);
			unsigned int n;
			ssize_t len;

			text = read_pw(pid, names[i], &size);
			got = calloc(1, size + 1);
			small = true;
			for (at = 0; at < size && small; at += len) {
				len = read(fd, got + at,
					   1 + at % 7 < size - at ? 1 + at % 7 : size - at);
				if (len <= 0)
					small = false;
			}
			small = small && !memcmp(got, text, size) && read(fd, got, 1) == 0;
			random = true;
			for (n = 0; n < 200 && random; n++) {
				size_t off = rand_r(&seed) % (size + 10),
				       want = 1 + rand_r(&seed) % 5000;
				size_t left = off < size ? size - off : 0, done = 0;
				char buf[5000];

				want = want < left ? want : left;
				while (done < want &&
				       (len = pread(fd, buf + done, want - done, off + done)) > 0)
					done += len;
				random = done == want &&
					 !memcmp(buf, text + (left ? off : 0), want);
			}
			close(fd);
			again = read_pw(pid, names[i], &again_size);
			if (again_size != size || memcmp(again, text, size))
				small = random = false;
			free(text);
			free(again);
			free(got);
		}
		ok(small, "%s read in tiny pieces (%zu bytes)", names[i], size);
		ok(random, "%s read at 200 random places", names[i]);
	}
	reap(pid);
}

static void in_namespace(void *arg)
{
	pid_t pid;

	if (unshare(CLONE_NEWPID))
		_exit(1);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		tids->thread = attach(1) ? 1 : -errno;
		for (;;)
			pause();
	}
	tids->leader = pid;
	for (;;)
		pause();
}

static void namespaces(void)
{
	char children[64], *text;
	pid_t pid, inner = 0;

	tids->leader = 0;
	tids->thread = 0;
	pid = spawn(in_namespace, NULL);
	wait_until(tids->thread, SECONDS);
	ok(tids->thread == 1, "in a pid namespace, attach pid 1");
	snprintf(children, sizeof(children), "/proc/%d/task/%d/children", pid, pid);
	text = read_file(children, NULL);
	inner = text ? atoi(text) : 0;
	free(text);
	ok(inner > 1 && has_folder(inner), "the folder is named by the number outside, %d", inner);
	text = read_pw(inner, "pages", NULL);
	ok(text && strlen(text) > 200, "and has pages");
	free(text);
	kill(inner, SIGKILL);
	reap(pid);
	ok(wait_until(!has_folder(inner), SECONDS), "the folder goes with it");
}

static void list(void)
{
	char *text, *at, want[32];
	pid_t pid[100];
	unsigned int i, lines = 0, found = 0;

	prctl(PR_SET_NAME, "a b\nc\\d#");
	for (i = 0; i < 100; i++) {
		pid[i] = spawn(loiter, NULL);
		attach(pid[i]);
	}
	prctl(PR_SET_NAME, "life");
	text = read_file(PROC_PAGEWALK "/attach", NULL);
	for (at = text; (at = strchr(at, '\n')); at++)
		lines++;
	for (i = 0; i < 100; i++) {
		snprintf(want, sizeof(want), "\n%d ", pid[i]);
		found += !!strstr(text, want);
	}
	ok(found == 100, "the list names all of a hundred processes");
	ok(lines == 102, "each on one line, whatever its name (%u)", lines);
	ok(!strncmp(text, "# pagewalk attach 1\n# pid comm\n", 31), "the list's head");
	free(text);
	for (i = 0; i < 100; i++)
		kill(pid[i], SIGKILL);
	for (i = 0; i < 100; i++)
		waitpid(pid[i], NULL, 0);
	for (i = 0, found = 0; i < 100; i++)
		found += wait_until(!has_folder(pid[i]), SECONDS);
	ok(found == 100, "all at once gone, so are their folders");
}

/* A process that has its own folder's files open when it ends, or is killed while it reads. */
static void own_reader(void *arg)
{
	char buf[100];
	int fd;

	attach(getpid());
	fd = open_file(getpid(), "pages");
	if (read(fd, buf, 100) != 100)
		_exit(1);
	tids->thread = 1;
	for (;;) {
		lseek(fd, 0, SEEK_SET);
		while (read(fd, buf, sizeof(buf)) > 0)
			if (!arg)
				_exit(0);
	}
}

static void own(void)
{
	pid_t pid;

	tids->thread = 0;
	pid = spawn(own_reader, NULL);
	waitpid(pid, NULL, 0);
	ok(wait_until(!has_folder(pid), SECONDS), "a process ends with its own pages open");
	tids->thread = 0;
	pid = spawn(own_reader, "for ever");
	wait_until(tids->thread, SECONDS);
	reap(pid);
	ok(wait_until(!has_folder(pid), SECONDS),
	   "a process is killed while it reads its own pages");
}

static volatile bool stop;
static unsigned long calls;

static void *scan_loop(void *arg)
{
	struct pagewalk_features f = { .size = sizeof(f) };
	char *vec = malloc(1 << 16);

	while (!stop) {
		struct pagewalk_scan s = {
			.size = sizeof(s), .end = ~0ULL, .vec = (uintptr_t)vec, .vec_len = 1 << 16
		};
		int fd = open(PROC_PAGEWALK "/raw", O_RDWR | O_CLOEXEC);

		if (fd < 0)
			continue;
		while (!stop && !ioctl(fd, PAGEWALK_IOC_FEATURES, &f) &&
		       !ioctl(fd, PAGEWALK_IOC_SCAN, &s))
			__atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
		close(fd);
	}
	free(vec);
	return NULL;
}

static void removed(void)
{
	pid_t pid = spawn(loiter, NULL);
	int pages, explain, raw, list_fd;
	pthread_t thread;
	unsigned int i, out = 0, in = 0;
	struct pagewalk_facts f;
	char buf[100];

	attach(pid);
	pages = open_file(pid, "pages");
	explain = open(folder_file(pid, "explain"), O_RDWR | O_CLOEXEC);
	list_fd = open(PROC_PAGEWALK "/attach", O_RDWR | O_CLOEXEC);
	raw = raw_open();
	if (read(pages, buf, 100) != 100)
		bail("read");
	ok(module(false), "the module goes with a process attached and files open");
	ok(access(PROC_PAGEWALK, F_OK), "/proc/pagewalk is gone");
	ok(ends(pages), "pages ends");
	ok(ends(explain), "explain ends");
	ok(read(list_fd, buf, 100) < 0 && errno == EIO, "attach: EIO");
	ok(raw_probe(raw, 0, 0, &f) == -ENOTTY || raw_probe(raw, 0, 0, &f) == -EIO, "raw: refused");
	ok(module(true) && !has_folder(pid), "back again, nobody is attached");
	close(pages);
	close(explain);
	close(list_fd);
	close(raw);
	ok(attach(pid), "attach in the new module");

	calls = 0;
	pthread_create(&thread, NULL, scan_loop, NULL);
	for (i = 0; i < 10; i++) {
		unsigned long before = __atomic_load_n(&calls, __ATOMIC_RELAXED);

		wait_until(__atomic_load_n(&calls, __ATOMIC_RELAXED) > before, SECONDS);
		out += module(false);
		in += module(true);
		attach(pid);
	}
	stop = true;
	pthread_join(thread, NULL);
	ok(out == 10 && in == 10, "removed ten times under somebody who scans (%lu scans)", calls);
	ok(calls > 10, "and scans were made");
	reap(pid);
	ok(wait_until(!has_folder(pid), SECONDS), "the folder goes after all that");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		loiter(NULL);
	if (readlink("/proc/self/exe", self_exe, sizeof(self_exe) - 1) < 0)
		bail("/proc/self/exe");
	tids = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	exits();
	reused();
	execs(exec_later, "exec");
	execs(exec_by_thread, "exec by a thread");
	detached();
	threads();
	pieces();
	namespaces();
	list();
	own();
	removed();
	return tap_end();
}
