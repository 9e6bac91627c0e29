// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files that tell of the IOMMU, by name: live, saved, and saving.
 *
 * A saved file holds many, each behind a line that names it, as "tail -v -n +1" prints
 * them: "==> devices <==". xlate writes a first line before, and a last name "end" with
 * nothing behind it, which tells that the file was not cut; without the first line, the
 * last is not asked for, so that tail may make such a file, too.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "iommu_lines.h"

#define DEBUGFS	      "/sys/kernel/debug"
#define FOLDER	      DEBUGFS "/iommu_probe/"
#define DEBUGFS_MAGIC 0x64626720

#define SAVED_FIRST "# xlate iommu 1"
#define SAVED_LAST  "end"

/* More than any machine's tables need as text; a file may lie about its size. */
#define MAX_FILE (2ULL << 30)

char *read_fd(int fd, size_t limit, size_t *len)
{
	size_t room = 65536, n = 0;
	char *buf = xalloc(malloc(room));
	ssize_t got;
	int err;

	while ((got = read(fd, buf + n, room - n - 1)) > 0) {
		n += got;
		if (n > limit) {
			free(buf);
			errno = EFBIG;
			return NULL;
		}
		if (room - n < 4096) {
			room *= 2;
			buf = xalloc(realloc(buf, room));
		}
	}
	if (got < 0) {
		err = errno;
		free(buf);
		errno = err;
		return NULL;
	}
	buf[n] = '\0';
	*len = n;
	return buf;
}

char *read_path(const char *path, size_t limit, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	char *text;

	if (fd < 0)
		return NULL;
	text = read_fd(fd, limit, len);
	err = errno;
	close(fd);
	errno = err;
	return text;
}

static const struct iom_file *add_file(struct iom *s, const char *name, char *text, size_t len)
{
	struct iom_file *f;

	s->files = grow(s->files, s->nfiles, sizeof(*f));
	f = &s->files[s->nfiles++];
	f->name = xalloc(strdup(name));
	f->text = text;
	f->len = len;
	return f;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct iom_file *)a)->name, ((const struct iom_file *)b)->name);
}

/* A saved view has its files in order; a live one is short. */
static const struct iom_file *find_file(const struct iom *s, const char *name)
{
	const struct iom_file key = { .name = (char *)name };
	size_t i;

	if (s->from)
		return s->nfiles ? bsearch(&key, s->files, s->nfiles, sizeof(key), by_name) : NULL;
	for (i = 0; i < s->nfiles; i++)
		if (!strcmp(s->files[i].name, name))
			return &s->files[i];
	return NULL;
}

static bool starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

/* The path of a file that a file system has; @buf has 256 bytes. */
static const char *path_of(const char *name, char *buf)
{
	snprintf(buf, 256, "%s%s", starts(name, "proc/") || starts(name, "sys/") ? "/" : FOLDER,
		 name);
	return buf;
}

const struct iom_file *iom_file(struct iom *s, const char *name)
{
	const struct iom_file *f = find_file(s, name);
	char path[256], *text;
	size_t len = 0;

	if (!f && !s->from) {
		text = host_text(name, &len);
		if (!text)
			text = read_path(path_of(name, path), MAX_FILE, &len);
		f = add_file(s, name, text, len);
	}
	return f && f->text ? f : NULL;
}

int iom_live_fd(const char *name)
{
	char path[256];

	return open(path_of(name, path), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

int iom_absent(int err)
{
	struct statfs fs;

	if (err == EACCES || (err == EPERM && geteuid()))
		return fail(XLATE_ABSENT, "run it as root: sudo xlate ...", "%s is only for root",
			    DEBUGFS);
	if (err == EPERM)
		return fail(
			XLATE_ABSENT,
			"it needs CAP_SYS_ADMIN in the initial user namespace, and a kernel that is not in lockdown=confidentiality (/sys/kernel/security/lockdown)",
			"%s is refused", FOLDER);
	if (statfs(DEBUGFS, &fs) || fs.f_type != DEBUGFS_MAGIC)
		return fail(XLATE_ABSENT, "as root: mount -t debugfs none " DEBUGFS,
			    "the debug file system is not mounted at %s", DEBUGFS);
	if (err == ENOENT || err == ENOTDIR)
		return fail(
			XLATE_ABSENT,
			"as root: modprobe iommu_probe, or from the build: insmod ./iommu_probe/iommu_probe.ko",
			"the module iommu_probe is not loaded (no %s)", FOLDER);
	return fail(XLATE_ABSENT, NULL, "%s: %s", FOLDER, strerror(err));
}

/* The name between "==> " and " <==", without newline; NULL when the line has none. */
static char *name_of(char *line)
{
	size_t len = strlen(line);
	char *name;

	if (!starts(line, "==> ") || len < 9 || strcmp(line + len - 4, " <=="))
		return NULL;
	line[len - 4] = '\0';
	name = line + 4;
	/* tail was given whole paths, perhaps. */
	if (starts(name, FOLDER))
		name += strlen(FOLDER);
	return name + strspn(name, "/");
}

int iom_take_saved(struct iom *s, char *text, size_t len)
{
	char *line = text, *next, *name = NULL, *body = text, *found;
	bool ours = starts(text, SAVED_FIRST "\n"), ended = false;

	if (memchr(text, '\0', len))
		return fail(XLATE_ERROR, "it takes a file that xlate iommu --save wrote",
			    "%s: no text", s->from);
	if (len && text[len - 1] != '\n')
		return fail(XLATE_ERROR, NULL, "%s: cut short (its last line has no end)", s->from);
	for (; *line && !ended; line = next) {
		next = strchr(line, '\n');
		next = next ? next + 1 : line + strlen(line);
		if (!starts(line, "==> "))
			continue;
		next[-1] = '\0';
		found = name_of(line);
		if (!found) {
			next[-1] = '\n';
			continue;
		}
		/* What came before it ends here. */
		*line = '\0';
		if (name)
			add_file(s, name, body, line - body);
		name = found;
		body = next;
		ended = !strcmp(name, SAVED_LAST);
	}
	if (name && !ended)
		add_file(s, name, body, text + len - body);
	if (s->nfiles)
		qsort(s->files, s->nfiles, sizeof(*s->files), by_name);
	else
		return fail(XLATE_ERROR, "it takes a file that xlate iommu --save wrote",
			    "%s: not a saved view of an IOMMU", s->from);
	if (ours && !ended)
		return fail(XLATE_ERROR, NULL, "%s: cut short (its end is missing)", s->from);
	return 0;
}

static int open_saved(struct iom *s, const char *path)
{
	size_t len = 0;

	s->from = path;
	s->saved = strcmp(path, "-") ? read_path(path, MAX_FILE, &len) :
				       read_fd(STDIN_FILENO, MAX_FILE, &len);
	if (!s->saved)
		return fail(XLATE_ERROR, NULL, "%s: %s", path, strerror(errno));
	return iom_take_saved(s, s->saved, len);
}

int iom_open(struct iom *s)
{
	char path[256];
	int ret, fd;

	memset(s, 0, sizeof(*s));
	if (opt.ninputs) {
		ret = open_saved(s, opt.inputs[0]);
	} else {
		fd = open(path_of("units", path), O_RDONLY | O_CLOEXEC);
		ret = fd < 0 ? iom_absent(errno) : 0;
		if (fd >= 0)
			close(fd);
	}
	if (!ret)
		ret = iom_parse(s);
	if (!ret)
		ret = iom_parse_host(s);
	if (ret)
		iom_close(s);
	return ret;
}

void iom_close(struct iom *s)
{
	size_t i;

	for (i = 0; i < s->nfiles; i++) {
		free(s->files[i].name);
		if (!s->from)
			free(s->files[i].text);
	}
	for (i = 0; i < s->nscratch; i++)
		free(s->scratch[i]);
	free(s->files);
	free(s->scratch);
	free(s->saved);
	free(s->units);
	free(s->reserved);
	free(s->devs);
	free(s->pcis);
	free(s->aliases);
	free(s->holders);
	free(s->regions);
	memset(s, 0, sizeof(*s));
}

static void save_file(struct iom *s, FILE *f, const char *name)
{
	const struct iom_file *file = iom_file(s, name);

	if (!file)
		return;
	fprintf(f, "==> %s <==\n", name);
	fwrite(file->text, 1, file->len, f);
	if (!file->len || file->text[file->len - 1] != '\n')
		fputc('\n', f);
}

static bool save_all(struct iom *s, FILE *f)
{
	static const char *const names[] = {
		"units",	"devices", "domains", "faults",	 "lab/state", "proc/iomem",
		"proc/cmdline", "config",  "pci",     "aliases", "holders",
	};
	char name[64], rid[IOM_RID_SIZE], when[64] = "?";
	struct utsname uts = { 0 };
	time_t now = time(NULL);
	struct tm tm;
	size_t i;

	if (localtime_r(&now, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S %z", &tm);
	uname(&uts);
	fprintf(f, SAVED_FIRST "\n# saved %s, kernel %s, xlate " XLATE_VERSION "\n", when,
		uts.release);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		save_file(s, f, names[i]);
	for (i = 0; i < s->ndevs; i++) {
		const struct iom_dev *d = &s->devs[i];

		/* Its group, unless the device before was of it, and its tables. */
		snprintf(name, sizeof(name), "sys/kernel/iommu_groups/%u/reserved_regions",
			 d->group);
		if (d->group != IOM_NONE && (!i || d->group != d[-1].group))
			save_file(s, f, name);
		if (i && d->rid == d[-1].rid)
			continue;
		snprintf(name, sizeof(name), "%s/tables", iom_rid_name(d->rid, rid));
		save_file(s, f, name);
		snprintf(name, sizeof(name), "%s/mappings", rid);
		save_file(s, f, name);
	}
	fputs("==> " SAVED_LAST " <==\n", f);
	return !ferror(f) && !fflush(f);
}

int iom_save(struct iom *s, const char *path)
{
	char *tmp = NULL;
	struct stat st;
	int fd, err;
	FILE *f;

	/* Under a temporary name first, unless it is something special such as a pipe. */
	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		fd = open(path, O_WRONLY | O_CLOEXEC);
	} else {
		/* It holds physical addresses: for its owner only, as mkstemp() makes it. */
		tmp = xasprintf("%s.XXXXXX", path);
		fd = mkstemp(tmp);
	}
	if (fd < 0) {
		err = errno;
		free(tmp);
		return fail(XLATE_ERROR, NULL, "%s: %s", path, strerror(err));
	}
	f = xalloc(fdopen(fd, "w"));
	errno = 0;
	err = save_all(s, f) ? 0 : errno ? errno : EIO;
	if (fclose(f) && !err)
		err = errno;
	if (!err && tmp && rename(tmp, path))
		err = errno;
	if (err && tmp)
		unlink(tmp);
	free(tmp);
	return err ? fail(XLATE_ERROR, NULL, "%s: %s", path, strerror(err)) : 0;
}
