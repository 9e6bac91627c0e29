// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlate nic: the rings of a paravirtual network card, from the text files of vnic_host (the
 * device's side) and vnic (the driver's side). Both say the same things; where they use other
 * words for them, the tables below have both.
 */
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "iommu_lines.h"

#define DEBUGFS "sys/kernel/debug/"

enum nic_side { HOST, GUEST, SIDES };

static const char *const folder_names[SIDES] = { "vnic_host", "vnic" };
static const char *const side_names[SIDES] = { "host", "guest" };

/**
 * struct nic - a card
 * @s:	    its files, live or saved
 * @side:   which end this is
 * @dev:    name of its folder
 * @peer:   the device on the bus, or the guest's interface; "-"
 * @taken:  features that were negotiated, separated by blanks
 * @refused: features that were offered and not taken
 */
struct nic {
	struct iom s;
	enum nic_side side;
	char dev[64];
	char peer[64];
	char taken[1024];
	char refused[1024];
};

/* -- devices ------------------------------------------------------------------------- */

/* Name of one of its files, as iom_file() wants it; @buf has 192 bytes. */
static const char *file_of(const struct nic *n, const char *name, char *buf)
{
	snprintf(buf, 192, DEBUGFS "%s/%s/%s", folder_names[n->side], n->dev, name);
	return buf;
}

static int open_files(struct iom *s)
{
	size_t len = 0;

	memset(s, 0, sizeof(*s));
	if (!opt.ninputs)
		return 0;
	s->from = opt.inputs[0];
	s->saved = strcmp(s->from, "-") ? read_path(s->from, 64 << 20, &len) :
					  read_fd(STDIN_FILENO, 64 << 20, &len);
	if (!s->saved)
		return fail(XLATE_ERROR, NULL, "%s: %s", s->from, strerror(errno));
	return iom_take_saved(s, s->saved, len);
}

typedef bool (*dev_fn)(void *ctx, enum nic_side side, const char *dev);

/* Calls @fn for each card until it returns true; whether it did. */
static bool saved_devs(const struct iom *s, enum nic_side side, dev_fn fn, void *ctx)
{
	char dev[64];
	size_t i;
	int end;

	for (i = 0; i < s->nfiles; i++) {
		const char *name = s->files[i].name;
		size_t len = strlen(DEBUGFS);

		if (strncmp(name, DEBUGFS, len))
			continue;
		name += len;
		len = strlen(folder_names[side]);
		end = -1;
		if (!strncmp(name, folder_names[side], len) && name[len] == '/' &&
		    sscanf(name + len + 1, "%63[^/]/queues%n", dev, &end) == 1 && end > 0 &&
		    !name[len + 1 + end] && fn(ctx, side, dev))
			return true;
	}
	return false;
}

static bool live_devs(enum nic_side side, dev_fn fn, void *ctx)
{
	char path[64];
	struct dirent *e;
	bool done = false;
	DIR *d;

	snprintf(path, sizeof(path), "/" DEBUGFS "%s", folder_names[side]);
	d = opendir(path);
	while (d && !done && (e = readdir(d)))
		done = e->d_name[0] != '.' && fn(ctx, side, e->d_name);
	if (d)
		closedir(d);
	return done;
}

static bool each_dev(const struct iom *s, dev_fn fn, void *ctx)
{
	enum nic_side side;

	for (side = 0; side < SIDES; side++)
		if (s->from ? saved_devs(s, side, fn, ctx) : live_devs(side, fn, ctx))
			return true;
	return false;
}

static int absent(const struct iom *s)
{
	if (s->from)
		return fail(
			XLATE_ERROR,
			"it takes what this writes: tail -v -n +1 /sys/kernel/debug/vnic_host/DEV/*",
			"%s: no saved view of a card", s->from);
	if (access("/" DEBUGFS, R_OK))
		return fail(XLATE_ABSENT, "run it as root: sudo xlate ...", "%s is only for root",
			    "/" DEBUGFS);
	if (access("/" DEBUGFS "vnic_host", F_OK) && access("/" DEBUGFS "vnic", F_OK))
		return fail(
			XLATE_ABSENT,
			"as root: modprobe virtio_net; modprobe vnic_host, or from the build: insmod ./vnic/vnic_host.ko",
			"neither vnic_host nor vnic is loaded");
	return fail(XLATE_ERROR, "as root: ip link add vnic0 type vnic", "there is no card");
}

/* -- features ------------------------------------------------------------------------ */

static void add_word(char *list, size_t size, const char *word)
{
	size_t len = strlen(list);

	snprintf(list + len, size - len, "%s%s", len ? " " : "", word);
}

/* vnic_host: a line for each feature. The device's name is in a comment. */
static char host_peer[64];

static void take_host_comment(const char *text)
{
	sscanf(text, "device %63s", host_peer);
}

static int host_features(struct nic *n)
{
	enum { NAME, OFFERED, NEGOTIATED };
	static const char *const names[] = { "name", "offered", "negotiated", NULL };
	struct iom_lines l;
	char buf[192];
	int ret;

	ret = lines_begin(&n->s, &l, file_of(n, "features", buf), "vnic_host features", names);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	strcpy(host_peer, "-");
	l.comment = take_host_comment;
	while ((ret = lines_record(&l)) > 0) {
		if (!strcmp(l.field[NEGOTIATED], "yes"))
			add_word(n->taken, sizeof(n->taken), l.field[NAME]);
		else
			add_word(n->refused, sizeof(n->refused), l.field[NAME]);
	}
	strcpy(n->peer, host_peer);
	return -ret;
}

/* vnic: lines of "key value"; features are a number and their names. */
static int guest_features(struct nic *n)
{
	char buf[192], *line, *word, *save, *offered = NULL;
	struct iom_lines l;
	int ret;

	ret = lines_begin(&n->s, &l, file_of(n, "device", buf), "vnic device", NULL);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	while ((line = lines_next(&l))) {
		word = strtok_r(line, " ", &save);
		if (!word)
			return lines_bad(&l, "an empty line");
		if (!strcmp(word, "offered"))
			offered = save;
		else if (!strcmp(word, "features") && strtok_r(NULL, " ", &save))
			snprintf(n->taken, sizeof(n->taken), "%s", save ? save : "");
		else if (!strcmp(word, "netdev"))
			snprintf(n->peer, sizeof(n->peer), "%s", save ? save : "-");
	}
	/* Its first word is the number. */
	if (offered && strtok_r(offered, " ", &save))
		while ((word = strtok_r(NULL, " ", &save)))
			if (!iom_has_word(n->taken, word, ' '))
				add_word(n->refused, sizeof(n->refused), word);
	return 0;
}

static int read_features(struct nic *n)
{
	strcpy(n->peer, "-");
	return n->side == HOST ? host_features(n) : guest_features(n);
}

/* -- queues -------------------------------------------------------------------------- */

enum {
	QUEUE,
	LAYOUT,
	SIZE,
	STATE,
	FLIGHT,
	CHAINS,
	DESCS,
	KICKS,
	SPARED,
	IRQS,
	POLLS,
	COPIED,
	BYREF,
	FULL,
	BROKEN,
	REASON,
	QUEUE_COLUMNS
};

static const struct column queue_columns[] = {
	[QUEUE] = { "QUEUE", COL_TEXT, COL_DEFAULT, 6, "rx and tx as the guest sees them" },
	[LAYOUT] = { "LAYOUT", COL_TEXT, COL_DEFAULT | COL_WIDE, 6, "split, packed" },
	[SIZE] = { "SIZE", COL_NUMBER, COL_DEFAULT | COL_WIDE | COL_RIGHT, 5, "descriptors" },
	[STATE] = { "STATE", COL_TEXT, COL_DEFAULT, 6, "idle, live, broken, or why it is broken" },
	[FLIGHT] = { "IN-FLIGHT", COL_NUMBER, COL_DEFAULT | COL_RIGHT, 9,
		     "chains that this side has, or gave away" },
	[CHAINS] = { "CHAINS", COL_NUMBER, COL_DEFAULT | COL_RIGHT, 10, "buffers in all" },
	[DESCS] = { "DESCS", COL_NUMBER, COL_RIGHT, 10, "descriptors that they took" },
	[KICKS] = { "KICKS", COL_NUMBER, COL_DEFAULT | COL_RIGHT, 10,
		    "notifications of the device, each an exit on a real hypervisor" },
	[SPARED] = { "SPARED", COL_NUMBER, COL_DEFAULT | COL_RIGHT, 10,
		     "those of this side that the other one did not want" },
	[IRQS] = { "IRQS", COL_NUMBER, COL_DEFAULT | COL_RIGHT, 10, "interrupts of the driver" },
	[POLLS] = { "POLLS", COL_NUMBER, COL_RIGHT, 10, "looks at the ring" },
	[COPIED] = { "COPIED", COL_SIZE, COL_DEFAULT | COL_RIGHT, 8, "copied by this side" },
	[BYREF] = { "BY-REF", COL_SIZE, COL_RIGHT, 8, "passed on without a copy" },
	[FULL] = { "FULL", COL_NUMBER, COL_RIGHT, 6, "how often there was no room in the ring" },
	[BROKEN] = { "BROKEN", COL_NUMBER, COL_RIGHT, 6, "how often it broke" },
	[REASON] = { "REASON", COL_TEXT, COL_DEFAULT, 8, "why it is, or was, broken" },
	{ 0 },
};

/* What a column is called in the files of each side; NULL: not there. */
static const struct {
	const char *name[SIDES];
	bool counter; /* host: in the file counters */
} sources[QUEUE_COLUMNS] = {
	[QUEUE] = { .name = { "queue", "queue" } },
	[LAYOUT] = { .name = { "layout", NULL } },
	[SIZE] = { .name = { "size", NULL } },
	[STATE] = { .name = { "state", "state" } },
	[FLIGHT] = { .name = { "in_flight", "in_flight" } },
	[CHAINS] = { { "chains", "chains" }, true },
	[DESCS] = { { "descriptors", "descriptors" }, true },
	[KICKS] = { { "kicks", "kicks" }, true },
	[SPARED] = { { "interrupts_spared", "kicks_spared" }, true },
	[IRQS] = { { "interrupts", "interrupts" }, true },
	[POLLS] = { { "polls", "polls" }, true },
	[COPIED] = { { "bytes_copied", "copied" }, true },
	[BYREF] = { { "bytes_by_reference", "referenced" }, true },
	[FULL] = { { "stops", "full" }, true },
	[BROKEN] = { { "broken", "broken" }, true },
	[REASON] = { .name = { "reason", NULL } },
};

#define MAX_QUEUES 1024

/**
 * struct queue - what is known of one
 * @text:   columns that are words, NULL when unknown
 * @number: counters
 * @known:  bit set of those that there are
 */
struct queue {
	const char *text[QUEUE_COLUMNS];
	u64 number[QUEUE_COLUMNS];
	u32 known;
};

static bool is_counter(int col)
{
	return sources[col].counter;
}

static struct queue *find_queue(struct queue *q, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(q[i].text[QUEUE], name))
			return &q[i];
	return NULL;
}

/* vnic_host: "queue counter value" */
static int host_counters(struct nic *n, struct queue *q, size_t count)
{
	enum { F_QUEUE, F_COUNTER, F_VALUE };
	static const char *const names[] = { "queue", "counter", "value", NULL };
	struct queue *found;
	struct iom_lines l;
	char buf[192];
	u64 value;
	int ret, i;

	ret = lines_begin(&n->s, &l, file_of(n, "counters", buf), "vnic_host counters", names);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	while ((ret = lines_record(&l)) > 0) {
		if (!lines_number(&l, F_VALUE, 0, ~0ULL, &value))
			return lines_bad(&l, "no counter as this version of xlate knows it");
		found = find_queue(q, count, l.field[F_QUEUE]);
		for (i = 0; found && i < QUEUE_COLUMNS; i++) {
			if (!is_counter(i) || strcmp(sources[i].name[HOST], l.field[F_COUNTER]))
				continue;
			found->number[i] = value;
			found->known |= 1U << i;
		}
	}
	return -ret;
}

/* Return: 0, or an exit code after reporting; the strings stay as long as the files. */
static int read_queues(struct nic *n, struct queue **out, size_t *count)
{
	const char *names[QUEUE_COLUMNS + 1] = { NULL };
	int column[QUEUE_COLUMNS], used = 0, i, ret;
	struct queue *q = NULL;
	struct iom_lines l;
	char buf[192];

	*out = NULL;
	*count = 0;
	for (i = 0; i < QUEUE_COLUMNS; i++) {
		if (!sources[i].name[n->side] || (n->side == HOST && is_counter(i)))
			continue;
		column[used] = i;
		names[used++] = sources[i].name[n->side];
	}
	ret = lines_begin(&n->s, &l, file_of(n, "queues", buf),
			  n->side == HOST ? "vnic_host queues" : "vnic queues", names);
	if (ret)
		return ret == -ENOENT ? fail(XLATE_ERROR, NULL, "%s: it is gone", n->dev) : ret;
	while ((ret = lines_record(&l)) > 0) {
		struct queue *new;

		if (*count == MAX_QUEUES) {
			ret = -lines_bad(&l, "more queues than there can be");
			break;
		}
		q = *out = grow(q, *count, sizeof(*q));
		new = &q[(*count)++];
		memset(new, 0, sizeof(*new));
		for (i = 0; i < used; i++) {
			if (!is_counter(column[i])) {
				new->text[column[i]] = l.field[i];
			} else if (lines_number(&l, i, 0, ~0ULL, &new->number[column[i]])) {
				new->known |= 1U << column[i];
			} else {
				ret = -lines_bad(&l, "no queue as this version of xlate knows it");
				goto out;
			}
		}
	}
	if (!ret && n->side == HOST)
		ret = -host_counters(n, q, *count);
out:
	if (ret) {
		free(q);
		*out = NULL;
	}
	return -ret;
}

/* With @before, the differences since then. */
static void put_queue(struct table *t, const struct queue *q, const struct queue *before)
{
	struct libscols_line *row = table_row(t, NULL);
	int i;

	for (i = 0; i < QUEUE_COLUMNS; i++) {
		if (is_counter(i) && q->known & (1U << i))
			table_number(t, row, i, q->number[i] - (before ? before->number[i] : 0));
		else if (!is_counter(i))
			table_put(t, row, i, "%s", q->text[i] ? q->text[i] : "-");
	}
	if (q->text[STATE] && !strcmp(q->text[STATE], "broken"))
		table_colour(t, row, COLOUR_RED);
}

/* -- what is shown ------------------------------------------------------------------- */

static void json_words(const char *name, const char *list)
{
	char *copy = xalloc(strdup(list)), *word, *save = NULL;
	const char *sep = "";

	printf("\"%s\": [", name);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		fputs(sep, stdout);
		json_string(stdout, word);
		sep = ", ";
	}
	fputs("]", stdout);
	free(copy);
}

static void put_head(const struct nic *n)
{
	if (opt.json) {
		fputs("{\"device\": ", stdout);
		json_string(stdout, n->dev);
		printf(", \"side\": \"%s\", \"other\": ", side_names[n->side]);
		json_string(stdout, n->peer);
		fputs(",\n ", stdout);
		json_words("features", n->taken);
		fputs(",\n ", stdout);
		json_words("refused", n->refused);
		fputs(",\n ", stdout);
	} else if (!opt.no_headings) {
		put_clean(stdout, n->dev);
		printf(": the %s's side, %s ", side_names[n->side],
		       n->side == HOST ? "of the device" : "as the interface");
		put_clean(stdout, n->peer);
		fputs("\nfeatures: ", stdout);
		put_clean(stdout, *n->taken ? n->taken : "none: no driver");
		fputs("\noffered, not taken: ", stdout);
		put_clean(stdout, *n->refused ? n->refused : "-");
		fputs("\n\n", stdout);
	}
}

static int show_queues(struct nic *n)
{
	struct table *t;
	struct queue *q;
	size_t i, count;
	int ret;

	t = table_new("queues", queue_columns);
	if (!t)
		return XLATE_USAGE;
	ret = read_features(n);
	if (!ret)
		ret = read_queues(n, &q, &count);
	if (ret) {
		table_free(t);
		return ret;
	}
	if (opt.json) {
		table_show_all(t);
		table_part(t);
	}
	put_head(n);
	for (i = 0; i < count; i++)
		put_queue(t, &q[i], NULL);
	table_end(t);
	if (opt.json)
		puts("}");
	free(q);
	return 0;
}

/* Each second, the queues in which anything happened, with what happened. */
static int follow(struct nic *n)
{
	struct table *t = table_new("queues", queue_columns);
	struct queue *q = NULL, *old = NULL;
	size_t i, count = 0, had = 0;
	struct iom old_files = { 0 };
	int ret = 0;

	if (!t)
		return XLATE_USAGE;
	if (opt.json)
		table_show_all(t);
	table_lines(t);
	table_flush(t);
	while (!ret && !ferror(stdout)) {
		ret = read_queues(n, &q, &count);
		for (i = 0; !ret && old && i < count; i++) {
			struct queue *o = find_queue(old, had, q[i].text[QUEUE]);

			if (o && memcmp(o->number, q[i].number, sizeof(o->number)))
				put_queue(t, &q[i], o);
		}
		table_flush(t);
		free(old);
		iom_close(&old_files);
		old = ret ? NULL : q;
		had = count;
		/* The strings of what is old stay for one more round. */
		old_files = n->s;
		memset(&n->s, 0, sizeof(n->s));
		if (!ret)
			sleep(1);
	}
	free(old);
	iom_close(&old_files);
	table_free(t);
	return ret;
}

/* -- descriptors --------------------------------------------------------------------- */

enum { D_INDEX, D_OWNER, D_CHAIN, D_ADDR, D_LEN, D_FLAGS, D_AGE, D_COLUMNS };

static const struct column ring_columns[] = {
	[D_INDEX] = { "INDEX", COL_NUMBER, COL_DEFAULT | COL_RIGHT, 5, "place in the ring" },
	[D_OWNER] = { "OWNER", COL_TEXT, COL_DEFAULT, 7, "who may touch it now" },
	[D_CHAIN] = { "CHAIN", COL_TEXT, COL_DEFAULT | COL_RIGHT, 5,
		      "head (split) or buffer id (packed)" },
	[D_ADDR] = { "ADDRESS", COL_TEXT, COL_DEFAULT, 18, "of the buffer, as the device sees it" },
	[D_LEN] = { "LENGTH", COL_NUMBER, COL_DEFAULT | COL_RIGHT, 8, "bytes" },
	[D_FLAGS] = { "FLAGS", COL_TEXT, COL_DEFAULT, 16, "as the driver wrote them" },
	[D_AGE] = { "AGE-MS", COL_TEXT, COL_DEFAULT | COL_RIGHT, 8, "since it was handed over" },
	{ 0 },
};

static const char *const ring_names[SIDES][D_COLUMNS + 1] = {
	[HOST] = { "index", "owner", "chain", "addr", "len", "flags", "age_ms", NULL },
	[GUEST] = { "index", "owner", "chain", "address", "length", "flags", "age_ms", NULL },
};

/* Why there is no such file: it may be there, but not for us. */
static int no_ring(const struct nic *n, const char *queue, const char *path)
{
	char byte;
	int fd = n->s.from || strchr(queue, '/') ? -1 : iom_live_fd(path);
	bool refused = fd >= 0 && read(fd, &byte, 1) < 0 && errno == EPERM;

	if (fd >= 0)
		close(fd);
	if (refused)
		return fail(
			XLATE_ABSENT,
			"addresses need CAP_SYS_ADMIN in the initial user namespace, and a kernel that is not in lockdown=confidentiality (/sys/kernel/security/lockdown); xlate nic DEV needs neither",
			"%s: the ring of %s is refused", n->dev, queue);
	return fail(XLATE_ERROR, "xlate nic DEV lists its queues", "%s has no queue \"%s\"", n->dev,
		    queue);
}

static int show_ring(struct nic *n, const char *queue)
{
	char name[64], buf[192], *line;
	struct iom_lines l;
	struct table *t;
	u64 index, len;
	int ret;

	snprintf(name, sizeof(name), "%s%s", n->side == HOST ? "ring_" : "", queue);
	ret = strchr(queue, '/') ? -ENOENT :
				   lines_begin(&n->s, &l, file_of(n, name, buf),
					       n->side == HOST ? "vnic_host ring" : "vnic ring",
					       ring_names[n->side]);
	if (ret)
		return ret == -ENOENT ? no_ring(n, queue, file_of(n, name, buf)) : ret;
	t = table_new("descriptors", ring_columns);
	if (!t)
		return XLATE_USAGE;
	if (opt.json)
		table_show_all(t);
	while (!ret && (line = lines_next(&l))) {
		struct libscols_line *row;

		/* vnic: "key value" before the descriptors. */
		if (!l.placed && n->side == GUEST)
			continue;
		ret = lines_split(&l, line);
		if (ret < 0)
			break;
		ret = 0;
		if (!lines_number(&l, D_INDEX, 0, 0xffff, &index) ||
		    !lines_number(&l, D_LEN, 0, 0xffffffff, &len)) {
			ret = -lines_bad(&l, "no descriptor as this version of xlate knows it");
			break;
		}
		/* What is not on its way says nothing: the device has the driver's for that. */
		if (!strcmp(l.field[D_OWNER], n->side == HOST ? "driver" : "free") &&
		    !(opt.given & OPT_ALL))
			continue;
		row = table_row(t, NULL);
		table_number(t, row, D_INDEX, index);
		table_put(t, row, D_OWNER, "%s", l.field[D_OWNER]);
		table_put(t, row, D_CHAIN, "%s", l.field[D_CHAIN]);
		table_put(t, row, D_ADDR, "%s", l.field[D_ADDR]);
		table_number(t, row, D_LEN, len);
		table_put(t, row, D_FLAGS, "%s", l.field[D_FLAGS]);
		table_put(t, row, D_AGE, "%s", l.field[D_AGE]);
	}
	if (!ret && (table_rows(t) || opt.json)) {
		table_end(t);
	} else {
		table_free(t);
		if (!ret && !opt.no_headings)
			puts("No descriptor is in use.");
	}
	return -ret;
}

/* -- which card ---------------------------------------------------------------------- */

struct wanted {
	struct nic *n;
	const char *name;
};

/* By its folder, or a guest's by its interface. */
static bool is_wanted(void *ctx, enum nic_side side, const char *dev)
{
	struct wanted *w = ctx;

	w->n->side = side;
	snprintf(w->n->dev, sizeof(w->n->dev), "%s", dev);
	if (!w->name || !strcmp(w->name, dev))
		return true;
	if (side == HOST)
		return false;
	w->n->taken[0] = '\0';
	w->n->refused[0] = '\0';
	return !read_features(w->n) && !strcmp(w->n->peer, w->name);
}

static bool put_name(void *ctx, enum nic_side side, const char *dev)
{
	put_clean(stdout, dev);
	printf(" %s\n", side_names[side]);
	++*(size_t *)ctx;
	return false;
}

/* The only card, when there is no more than one; or all names. */
static bool count_dev(void *ctx, enum nic_side side, const char *dev)
{
	++*(size_t *)ctx;
	return false;
}

static int list(struct iom *s)
{
	size_t n = 0;

	if (opt.json)
		return fail(XLATE_USAGE, "xlate nic lists them", "which card?");
	each_dev(s, put_name, &n);
	return 0;
}

static int run(int argc, char **argv)
{
	struct nic n = { .side = HOST };
	struct wanted w = { .n = &n, .name = argc ? argv[0] : NULL };
	size_t count = 0;
	int ret;

	if (argc > 2)
		return fail(XLATE_USAGE, "usage: xlate nic [DEV [QUEUE]]", "%s: one word too many",
			    argv[2]);
	if (opt.follow && (opt.ninputs || argc > 1))
		return fail(XLATE_USAGE, NULL, "only a live card can be followed, all its queues");
	ret = open_files(&n.s);
	if (!ret) {
		each_dev(&n.s, count_dev, &count);
		if (!count)
			ret = absent(&n.s);
		else if (!argc && count > 1)
			ret = list(&n.s);
		else if (!each_dev(&n.s, is_wanted, &w))
			ret = fail(XLATE_ERROR, "xlate nic lists them", "no card is called \"%s\"",
				   w.name);
		else if (argc > 1)
			ret = show_ring(&n, argv[1]);
		else
			count = 0;
	}
	if (!ret && !count) {
		n.taken[0] = '\0';
		n.refused[0] = '\0';
		ret = opt.follow ? follow(&n) : show_queues(&n);
	}
	iom_close(&n.s);
	return ret;
}

const struct command cmd_nic = {
	.name = "nic",
	.run = run,
	.args = "[DEV [QUEUE]]",
	.help = "rings of a paravirtual network card",
	.text = "Shows one end of a paravirtual network card, from the module vnic_host (the device's\n"
		"side) or vnic (the driver's): which features were agreed on, and of each queue what it\n"
		"cost: kicks, interrupts, those that were spared, and bytes copied. With QUEUE (rx0, tx0,\n"
		"ctrl), the descriptors that are on their way. --follow prints each second what was added\n"
		"to the counters, for queues where anything was.\n",
	.columns = queue_columns,
	.options = OPT_INPUT | OPT_TABLE | OPT_FOLLOW | OPT_ALL,
};
