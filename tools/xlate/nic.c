// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlate nic: the rings of a paravirtual network card, from the text files of vnic_host (the
 * device's side) and vnic (the driver's side), whose format is the same: see vnic/show.h.
 */
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "iommu_lines.h"

#define DEBUGFS "sys/kernel/debug/"

enum nic_side { HOST, GUEST, SIDES };

static const char *const folder_names[SIDES] = { "vnic_host", "vnic" };
static const char *const side_names[SIDES] = { "host", "guest" };
static const char *const peer_keys[SIDES] = { "device", "netdev" };

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

/* One of its files, as iom_file() wants it; @buf has 192 bytes. */
static const char *path_of(const struct nic *n, const char *name, char *buf)
{
	snprintf(buf, 192, DEBUGFS "%s/%s/%s", folder_names[n->side], n->dev, name);
	return buf;
}

/* Begins to read one of its files. Return: as lines_begin(). */
static int begin(struct nic *n, struct iom_lines *l, const char *name, const char *what,
		 const char *const *names)
{
	char path[192], title[64];

	snprintf(title, sizeof(title), "%s %s", folder_names[n->side], what);
	return lines_begin(&n->s, l, path_of(n, name, path), title, names);
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
			"it takes what this writes: tail -v -n +1 /sys/kernel/debug/vnic_host/DEV/* (or vnic/DEV/*)",
			"%s: no saved view of a card", s->from);
	if (access("/" DEBUGFS, R_OK))
		return fail(XLATE_ABSENT, "run it as root: sudo xlate ...", "%s is only for root",
			    "/" DEBUGFS);
	if (access("/" DEBUGFS "vnic_host", F_OK) && access("/" DEBUGFS "vnic", F_OK))
		return fail(
			XLATE_ABSENT,
			"as root: modprobe virtio_net; modprobe vnic_host, or from the build: insmod ./vnic/vnic_host.ko; in a virtual machine: vnic",
			"neither vnic_host nor vnic is loaded");
	return fail(
		XLATE_ERROR,
		"as root: ip link add vnic0 type vnic; or give vnic a virtio device (driver_override, see the README)",
		"there is no card");
}

/* -- features ------------------------------------------------------------------------ */

static void add_word(char *list, size_t size, const char *word)
{
	size_t len = strlen(list);

	snprintf(list + len, size - len, "%s%s", len ? " " : "", word);
}

static int read_peer(struct nic *n)
{
	struct iom_lines l;
	char *line, *word, *save;
	int ret;

	strcpy(n->peer, "-");
	ret = begin(n, &l, "device", "device", NULL);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	while ((line = lines_next(&l))) {
		word = strtok_r(line, " ", &save);
		if (!word)
			return lines_bad(&l, "an empty line");
		if (!strcmp(word, peer_keys[n->side]))
			snprintf(n->peer, sizeof(n->peer), "%s", save && *save ? save : "-");
	}
	return 0;
}

static int read_features(struct nic *n)
{
	enum { NAME, NEGOTIATED };
	static const char *const names[] = { "name", "negotiated", NULL };
	struct iom_lines l;
	int ret;

	n->taken[0] = '\0';
	n->refused[0] = '\0';
	ret = begin(n, &l, "features", "features", names);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	while ((ret = lines_record(&l)) > 0) {
		if (!strcmp(l.field[NEGOTIATED], "yes"))
			add_word(n->taken, sizeof(n->taken), l.field[NAME]);
		else
			add_word(n->refused, sizeof(n->refused), l.field[NAME]);
	}
	return -ret;
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
	BOUNCES,
	FULL,
	LOST_KICKS,
	LOST_IRQS,
	BROKEN,
	RESETS,
	REASON,
	QUEUE_COLUMNS
};

static const struct column queue_columns[] = {
	[QUEUE] = { "QUEUE", COL_TEXT, COL_DEFAULT, 6, "rx and tx as the guest sees them" },
	[LAYOUT] = { "LAYOUT", COL_TEXT, COL_DEFAULT | COL_WIDE, 6, "split, packed" },
	[SIZE] = { "SIZE", COL_NUMBER, COL_DEFAULT | COL_WIDE | COL_RIGHT, 5, "descriptors" },
	[STATE] = { "STATE", COL_TEXT, COL_DEFAULT, 6, "idle, live, broken" },
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
	[BOUNCES] = { "BOUNCES", COL_NUMBER, COL_RIGHT, 10,
		      "pieces copied through a buffer between: host, all; guest, by the DMA API (swiotlb)" },
	[FULL] = { "FULL", COL_NUMBER, COL_RIGHT, 6,
		   "how often sending stopped: no room in the ring" },
	[LOST_KICKS] = { "LOST-KICKS", COL_NUMBER, COL_RIGHT, 10,
			 "found late, by looking: none was heard" },
	[LOST_IRQS] = { "LOST-IRQS", COL_NUMBER, COL_RIGHT, 9,
			"found late, by looking: none came (only the guest can know)" },
	[BROKEN] = { "BROKEN", COL_NUMBER, COL_RIGHT, 6, "how often it broke" },
	[RESETS] = { "RESETS", COL_NUMBER, COL_RIGHT, 6, "how often it began anew" },
	[REASON] = { "REASON", COL_TEXT, COL_DEFAULT, 8, "why it is, or was, broken" },
	{ 0 },
};

/* Where a column comes from. */
static const struct {
	const char *state; /* in queues, a word */
	const char *counter; /* in counters */
	const char *other; /* ... or this one, which the other side does not have */
} sources[QUEUE_COLUMNS] = {
	[QUEUE] = { .state = "queue" },
	[LAYOUT] = { .state = "layout" },
	[SIZE] = { .state = "size" },
	[STATE] = { .state = "state" },
	[FLIGHT] = { .state = "in_flight" },
	[CHAINS] = { .counter = "chains" },
	[DESCS] = { .counter = "descriptors" },
	[KICKS] = { .counter = "kicks" },
	[SPARED] = { .counter = "kicks_spared", .other = "interrupts_spared" },
	[IRQS] = { .counter = "interrupts" },
	[POLLS] = { .counter = "polls" },
	[COPIED] = { .counter = "bytes_copied" },
	[BYREF] = { .counter = "bytes_by_reference" },
	[BOUNCES] = { .counter = "bounces" },
	[FULL] = { .counter = "stops" },
	[LOST_KICKS] = { .counter = "kicks_lost" },
	[LOST_IRQS] = { .counter = "interrupts_lost" },
	[BROKEN] = { .counter = "broken" },
	[RESETS] = { .counter = "resets" },
	[REASON] = { .state = "reason" },
};

#define MAX_QUEUES 1024

/**
 * struct queue - what is known of one
 * @text:   columns from the file queues
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

static int column_of(const char *counter)
{
	int i;

	for (i = 0; i < QUEUE_COLUMNS; i++)
		if (is_counter(i) && (!strcmp(sources[i].counter, counter) ||
				      (sources[i].other && !strcmp(sources[i].other, counter))))
			return i;
	return -1;
}

static struct queue *find_queue(struct queue *q, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(q[i].text[QUEUE], name))
			return &q[i];
	return NULL;
}

static int read_counters(struct nic *n, struct queue *q, size_t count)
{
	enum { F_QUEUE, F_COUNTER, F_VALUE };
	static const char *const names[] = { "queue", "counter", "value", NULL };
	struct queue *found;
	struct iom_lines l;
	u64 value;
	int ret, i;

	ret = begin(n, &l, "counters", "counters", names);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	while ((ret = lines_record(&l)) > 0) {
		if (!lines_number(&l, F_VALUE, 0, ~0ULL, &value))
			return lines_bad(&l, "no counter as this version of xlate knows it");
		found = find_queue(q, count, l.field[F_QUEUE]);
		i = column_of(l.field[F_COUNTER]);
		if (!found || i < 0)
			continue;
		found->number[i] = value;
		found->known |= 1U << i;
	}
	return -ret;
}

/* Is what the table takes for numbers, @column of each of @n fields, such? */
static bool all_numbers(const struct iom_lines *l, const int *column, int n)
{
	u64 value;
	int i;

	for (i = 0; i < n; i++)
		if (queue_columns[column[i]].type == COL_NUMBER &&
		    !lines_number(l, i, 0, 0xffffffff, &value))
			return false;
	return true;
}

/* Return: 0, or an exit code after reporting; the strings stay as long as the files. */
static int read_queues(struct nic *n, struct queue **out, size_t *count)
{
	const char *names[QUEUE_COLUMNS + 1] = { NULL };
	int column[QUEUE_COLUMNS], used = 0, i, ret;
	struct queue *q = NULL;
	struct iom_lines l;

	*out = NULL;
	*count = 0;
	for (i = 0; i < QUEUE_COLUMNS; i++) {
		if (!sources[i].state)
			continue;
		column[used] = i;
		names[used++] = sources[i].state;
	}
	ret = begin(n, &l, "queues", "queues", names);
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
		for (i = 0; i < used; i++)
			new->text[column[i]] = l.field[i];
		if (!all_numbers(&l, column, used)) {
			ret = -lines_bad(&l, "no queue as this version of xlate knows it");
			break;
		}
	}
	if (!ret)
		ret = -read_counters(n, q, *count);
	if (ret) {
		free(q);
		*out = NULL;
	}
	return -ret;
}

/* What was added since @before; one that is less belongs to a device that was made anew. */
static u64 added(const struct queue *q, const struct queue *before, int i)
{
	u64 was = before ? before->number[i] : 0;

	return q->number[i] < was ? q->number[i] : q->number[i] - was;
}

/* With @before, the differences since then. */
static void put_queue(struct table *t, const struct queue *q, const struct queue *before)
{
	struct libscols_line *row = table_row(t, NULL);
	u64 value;
	int i;

	for (i = 0; i < QUEUE_COLUMNS; i++) {
		if (is_counter(i) && q->known & (1U << i))
			table_number(t, row, i, added(q, before, i));
		else if (!is_counter(i) && queue_columns[i].type == COL_NUMBER &&
			 iom_number(q->text[i], &value))
			table_number(t, row, i, value);
		else if (!is_counter(i))
			table_put(t, row, i, "%s", q->text[i]);
	}
	if (!strcmp(q->text[STATE], "broken"))
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
	ret = read_peer(n);
	if (!ret)
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

/* -- batches ------------------------------------------------------------------------- */

enum { B_QUEUE, B_WHAT, B_SIZES, B_COLUMNS = B_SIZES + 9 };

#define BATCH(name)                                                                       \
	{                                                                                 \
		name, COL_NUMBER, COL_DEFAULT | COL_RIGHT, 6, "batches of so many chains" \
	}

static const struct column batch_columns[] = {
	[B_QUEUE] = { "QUEUE", COL_TEXT, COL_DEFAULT, 6, "rx and tx as the guest sees them" },
	[B_WHAT] = { "WHAT", COL_TEXT, COL_DEFAULT, 7,
		     "guest: added before one announcement, reaped in one look; host: fetched, used" },
	BATCH("0"),
	BATCH("1"),
	BATCH("2-3"),
	BATCH("4-7"),
	BATCH("8-15"),
	BATCH("16-31"),
	BATCH("32-63"),
	BATCH("64-127"),
	BATCH("128-"),
	{ 0 },
};

/* Histograms: how many chains came at a time. */
static int show_batches(struct nic *n)
{
	const char *names[B_COLUMNS + 1] = { "queue", "what" };
	struct iom_lines l;
	struct table *t;
	u64 value;
	int ret, i;

	for (i = B_SIZES; i < B_COLUMNS; i++)
		names[i] = batch_columns[i].name;
	ret = begin(n, &l, "batches", "batches", names);
	if (ret)
		return ret == -ENOENT ? fail(XLATE_ERROR, NULL, "%s: it is gone", n->dev) : ret;
	t = table_new("batches", batch_columns);
	if (!t)
		return XLATE_USAGE;
	while ((ret = lines_record(&l)) > 0) {
		struct libscols_line *row = table_row(t, NULL);

		table_put(t, row, B_QUEUE, "%s", l.field[B_QUEUE]);
		table_put(t, row, B_WHAT, "%s", l.field[B_WHAT]);
		for (i = B_SIZES; i < B_COLUMNS; i++) {
			if (!lines_number(&l, i, 0, ~0ULL, &value)) {
				table_free(t);
				return lines_bad(&l, "no number of batches");
			}
			table_number(t, row, i, value);
		}
	}
	if (ret)
		table_free(t);
	else
		table_end(t);
	return -ret;
}

/* -- descriptors --------------------------------------------------------------------- */

enum { D_INDEX, D_OWNER, D_CHAIN, D_ADDR, D_LEN, D_FLAGS, D_PIECES, D_AGE, D_COLUMNS };

static const struct column ring_columns[] = {
	[D_INDEX] = { "INDEX", COL_NUMBER, COL_DEFAULT | COL_RIGHT, 5,
		      "place in the ring; with a dot, in the table of the descriptor above" },
	[D_OWNER] = { "OWNER", COL_TEXT, COL_DEFAULT, 7, "who may touch it now" },
	[D_CHAIN] = { "CHAIN", COL_TEXT, COL_DEFAULT | COL_RIGHT, 5,
		      "head (split) or buffer id (packed)" },
	[D_ADDR] = { "ADDRESS", COL_TEXT, COL_DEFAULT, 18, "of the buffer, as the device sees it" },
	[D_LEN] = { "LENGTH", COL_NUMBER, COL_DEFAULT | COL_RIGHT, 8, "bytes" },
	[D_FLAGS] = { "FLAGS", COL_TEXT, COL_DEFAULT, 16, "as the driver wrote them" },
	[D_PIECES] = { "PIECES", COL_TEXT, COL_DEFAULT | COL_RIGHT, 6,
		       "of the chain, with those in a table; -: not known" },
	[D_AGE] = { "AGE-MS", COL_TEXT, COL_DEFAULT | COL_RIGHT, 8, "since it was handed over" },
	{ 0 },
};

static const char *const ring_names[] = { "index", "owner",  "chain",  "addr", "len",
					  "flags", "pieces", "age_ms", NULL };

/* "rx0", "tx12", "ctrl": other files of the folder are no rings. */
static bool is_queue_name(const char *name)
{
	if (!strcmp(name, "ctrl"))
		return true;
	return (!strncmp(name, "rx", 2) || !strncmp(name, "tx", 2)) && name[2] &&
	       strlen(name) <= 7 && strspn(name + 2, "0123456789") == strlen(name + 2);
}

/* Why there is no such ring: it may be there, but not for us. */
static int no_ring(const struct nic *n, const char *queue)
{
	bool refused = false;
	char path[192];
	int fd;

	if (!n->s.from && is_queue_name(queue)) {
		fd = iom_live_fd(path_of(n, queue, path));
		refused = fd < 0 && errno == EPERM;
		if (fd >= 0)
			close(fd);
	}
	if (refused)
		return fail(
			XLATE_ABSENT,
			"addresses need CAP_SYS_ADMIN in the initial user namespace, and a kernel that is not in lockdown=confidentiality (/sys/kernel/security/lockdown); xlate nic DEV needs neither",
			"%s: the ring of %s is refused", n->dev, queue);
	return fail(XLATE_ERROR, "xlate nic DEV lists its queues", "%s has no queue \"%s\"", n->dev,
		    queue);
}

#define MAX_FACTS	24
#define MAX_DESCRIPTORS (1U << 16)

/**
 * struct descriptor - of the ring, or an entry of the table of the last one of the ring before it
 * @entry: the latter
 * @index: place there
 * @len:   bytes
 * @field: as they stand in the file
 */
struct descriptor {
	bool entry;
	u64 index;
	u64 len;
	const char *field[D_COLUMNS];
};

/**
 * struct ring - what its file says; the strings stay as long as the file
 * @fact:   "key value" lines before the descriptors
 * @nfacts: of them
 * @desc:   descriptors
 * @ndescs: of them
 * @last:   index of the last one of the ring
 * @entries: of its table so far
 */
struct ring {
	char *fact[MAX_FACTS];
	int nfacts;
	struct descriptor *desc;
	size_t ndescs;
	u64 last;
	u64 entries;
};

static void json_facts(const struct ring *r)
{
	u64 number;
	int i;

	for (i = 0; i < r->nfacts; i++) {
		char *value = strchr(r->fact[i], ' ');

		if (value)
			*value++ = '\0';
		fputs(i ? ",\n " : "{", stdout);
		json_string(stdout, r->fact[i]);
		fputs(": ", stdout);
		if (value && !strchr(value, 'x') && iom_number(value, &number))
			printf("%llu", number);
		else
			json_string(stdout, value ?: "");
	}
	fputs(r->nfacts ? ",\n " : "{", stdout);
}

/* In lines of 80 at most. */
static void put_facts(const struct ring *r)
{
	size_t column = 0, len;
	int i;

	for (i = 0; i < r->nfacts; i++) {
		len = strlen(r->fact[i]) + 2;
		if (column)
			fputs(column + len > 80 ? ",\n" : ", ", stdout);
		if (column + len > 80)
			column = 0;
		put_clean(stdout, r->fact[i]);
		column += len;
	}
	if (r->nfacts)
		fputs("\n\n", stdout);
}

/* "4", or for the first entry of its table "4.0". */
static bool read_index(const struct iom_lines *l, struct ring *r, struct descriptor *d)
{
	char want[48];

	snprintf(want, sizeof(want), "%llu.%llu", r->last, r->entries);
	d->entry = r->ndescs > 1 && !strcmp(l->field[D_INDEX], want);
	if (d->entry) {
		d->index = r->entries++;
		return true;
	}
	if (!lines_number(l, D_INDEX, 0, 0xffff, &d->index))
		return false;
	r->last = d->index;
	r->entries = 0;
	return true;
}

static int read_descriptor(struct iom_lines *l, char *line, struct ring *r)
{
	struct descriptor *d;
	int ret = lines_split(l, line);

	if (ret < 0)
		return -ret;
	if (r->ndescs == MAX_DESCRIPTORS)
		return lines_bad(l, "more descriptors than there can be");
	r->desc = grow(r->desc, r->ndescs, sizeof(*r->desc));
	d = &r->desc[r->ndescs++];
	if (!read_index(l, r, d) || !lines_number(l, D_LEN, 0, 0xffffffff, &d->len))
		return lines_bad(l, "no descriptor as this version of xlate knows it");
	memcpy(d->field, l->field, sizeof(d->field));
	return 0;
}

/* Return: 0, or an exit code after reporting. */
static int read_ring(struct iom_lines *l, struct ring *r)
{
	bool idle = false;
	char *line;
	int ret;

	while ((line = lines_next(l))) {
		if (l->placed) {
			ret = read_descriptor(l, line, r);
			if (ret)
				return ret;
			continue;
		}
		idle |= !strcmp(line, "state idle");
		if (r->nfacts < MAX_FACTS)
			r->fact[r->nfacts++] = line;
	}
	return l->placed || idle ? 0 : lines_bad(l, "no line before it names the columns");
}

/* Indented: owner and chain are those of the descriptor. */
static void put_entry(struct table *t, struct libscols_line *parent, const struct descriptor *d)
{
	struct libscols_line *row = table_row(t, parent);

	table_put(t, row, D_INDEX, opt.json ? "%llu" : ".%llu", d->index);
	table_put(t, row, D_ADDR, opt.json ? "%s" : "  %s", d->field[D_ADDR]);
	table_number(t, row, D_LEN, d->len);
	table_put(t, row, D_FLAGS, "%s", d->field[D_FLAGS]);
}

/* Return: its row, or NULL. */
static struct libscols_line *put_descriptor(struct table *t, const struct descriptor *d)
{
	struct libscols_line *row;
	int i;

	/* What is not on its way says nothing. */
	if (!strcmp(d->field[D_OWNER], "driver") && !(opt.given & OPT_ALL))
		return NULL;
	row = table_row(t, NULL);
	for (i = 0; i < D_COLUMNS; i++)
		if (ring_columns[i].type != COL_NUMBER)
			table_put(t, row, i, "%s", d->field[i]);
	table_number(t, row, D_INDEX, d->index);
	table_number(t, row, D_LEN, d->len);
	return row;
}

static void put_ring(struct table *t, const struct ring *r)
{
	struct libscols_line *row = NULL;
	size_t i;

	if (opt.json) {
		table_show_all(t);
		table_part(t);
		json_facts(r);
	} else if (!opt.no_headings) {
		put_facts(r);
	}
	for (i = 0; i < r->ndescs; i++) {
		const struct descriptor *d = &r->desc[i];

		if (!d->entry)
			row = put_descriptor(t, d);
		else if (row)
			put_entry(t, row, d);
	}
	if (table_rows(t) || opt.json) {
		table_end(t);
	} else {
		table_free(t);
		if (!opt.no_headings)
			puts("No descriptor is in use.");
	}
	if (opt.json)
		puts("}");
}

static int show_ring(struct nic *n, const char *queue)
{
	struct ring r = { .nfacts = 0 };
	struct iom_lines l;
	struct table *t;
	int ret;

	ret = is_queue_name(queue) ? begin(n, &l, queue, "ring", ring_names) : -ENOENT;
	if (ret)
		return ret == -ENOENT ? no_ring(n, queue) : ret;
	t = table_new("descriptors", ring_columns);
	if (!t)
		return XLATE_USAGE;
	ret = read_ring(&l, &r);
	if (ret)
		table_free(t);
	else
		put_ring(t, &r);
	free(r.desc);
	return ret;
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
	return !read_peer(w->n) && !strcmp(w->n->peer, w->name);
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
		return fail(XLATE_USAGE, "usage: xlate nic [DEV [QUEUE|batches]]",
			    "%s: one word too many", argv[2]);
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
			ret = strcmp(argv[1], "batches") ? show_ring(&n, argv[1]) :
							   show_batches(&n);
		else
			count = 0;
	}
	if (!ret && !count)
		ret = opt.follow ? follow(&n) : show_queues(&n);
	iom_close(&n.s);
	return ret;
}

const struct command cmd_nic = {
	.name = "nic",
	.run = run,
	.args = "[DEV [QUEUE|batches]]",
	.help = "rings of a paravirtual network card",
	.text = "Shows one end of a paravirtual network card, from the module vnic_host (the device's\n"
		"side) or vnic (the driver's): which features were agreed on, and of each queue what it\n"
		"cost: kicks, interrupts, those that were spared, and bytes copied. With QUEUE (rx0, tx0,\n"
		"ctrl), the positions of both sides and the descriptors that are on their way; with\n"
		"batches, how many chains came at a time. --follow prints each second what was added to\n"
		"the counters, for queues where anything was.\n",
	.columns = queue_columns,
	.options = OPT_INPUT | OPT_TABLE | OPT_FOLLOW | OPT_ALL,
};
