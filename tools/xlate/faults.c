// SPDX-License-Identifier: GPL-2.0-only
/* xlate faults: DMAs that were refused, as they happened. */
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "iommu_lines.h"

enum { SEQ, TIME, RID, PASID, ACCESS, ADDRESS, REASON, WORDS, DRIVER, HOLDER, UNIT, WALK };

static const struct column columns[] = {
	[SEQ] = { "SEQ", COL_NUMBER, COL_DEFAULT, 5, "number since the module was loaded" },
	[TIME] = { "TIME", COL_TEXT, COL_DEFAULT | COL_RIGHT, 14,
		   "seconds since boot, as in the kernel's log" },
	[RID] = { "RID", COL_TEXT, COL_DEFAULT, 12, "requester ID" },
	[PASID] = { "PASID", COL_NUMBER, 0, 7, "address space within it" },
	[ACCESS] = { "ACCESS", COL_TEXT, COL_DEFAULT, 6, "read, write, atomic, page-request" },
	[ADDRESS] = { "ADDRESS", COL_TEXT, COL_DEFAULT, 18, "IOVA, down to the page" },
	[REASON] = { "REASON", COL_TEXT, COL_DEFAULT, 6, "code" },
	[WORDS] = { "WHY", COL_TEXT, COL_DEFAULT | COL_CUT, 0, "the reason in words" },
	[DRIVER] = { "DRIVER", COL_TEXT, 0, 10, "bound to the device now" },
	[HOLDER] = { "HOLDER", COL_TEXT, 0, 16, "process that has its VFIO group open now" },
	[UNIT] = { "UNIT", COL_NUMBER, 0, 4, "remapping unit" },
	[WALK] = { "WALK", COL_TEXT, 0, 0,
		   "the entries that the tables had at that moment: kind or level, index, entry" },
	{ 0 },
};

/* What a record of the file has; the walk is the rest of its line. */
enum { F_SEQ, F_TIME, F_UNIT, F_RID, F_PASID, F_ACCESS, F_ADDRESS, F_REASON, F_WORDS };
static const char *const names[] = { "seq",    "time",	  "unit",   "rid",   "pasid",
				     "access", "address", "reason", "words", NULL };

static bool put_fault(struct table *t, const struct iom *s, const struct iom_lines *l)
{
	struct libscols_line *row;
	const struct iom_dev *d;
	char *words, *walk, buf[128];
	u64 seq, unit, pasid, reason;
	u32 rid;

	if (!lines_number(l, F_SEQ, 0, ~0ULL, &seq) ||
	    !lines_number(l, F_UNIT, IOM_NONE, 0xffff, &unit) ||
	    !lines_number(l, F_PASID, IOM_NONE, (1 << 20) - 1, &pasid) ||
	    !lines_number(l, F_REASON, 0, 0xffff, &reason) || !iom_parse_rid(l->field[F_RID], &rid))
		return false;
	words = xalloc(strdup(l->field[F_WORDS]));
	walk = strstr(words, " | ");
	if (walk) {
		*walk = '\0';
		walk += 3;
	}
	d = iom_dev(s, rid);
	row = table_row(t, NULL);
	table_number(t, row, SEQ, seq);
	table_put(t, row, TIME, "%s", l->field[F_TIME]);
	table_put(t, row, RID, "%s", iom_rid_name(rid, buf));
	if (pasid != IOM_NONE)
		table_number(t, row, PASID, pasid);
	table_put(t, row, ACCESS, "%s", l->field[F_ACCESS]);
	table_put(t, row, ADDRESS, "%s", l->field[F_ADDRESS]);
	table_put(t, row, REASON, "0x%02llx", reason);
	table_put(t, row, WORDS, "%s", words);
	table_put(t, row, DRIVER, "%s", d ? d->driver : "-");
	table_put(t, row, HOLDER, "%s", d ? iom_holder_short(s, d->group, buf) : "-");
	if (unit != IOM_NONE)
		table_number(t, row, UNIT, unit);
	table_put(t, row, WALK, "%s", walk ? walk : "-");
	free(words);
	return true;
}

/* What the comments say of the ring: counters, and why there may be nothing. */
static void take_comment(const char *text)
{
	const char *dropped = strstr(text, "dropped=");
	unsigned long long n;

	if (!strncmp(text, "not recording", 13))
		remark("the kernel's log has what it did not drop: dmesg | grep DMAR", "%s", text);
	if (sscanf(text, "lost %llu", &n) == 1)
		remark(NULL, "%llu faults came too fast and were not kept", n);
	if (dropped && sscanf(dropped, "dropped=%llu", &n) == 1 && n)
		remark("read more often, or with --follow", "%llu faults were not kept", n);
}

static int show(struct iom *s, struct table *t)
{
	struct iom_lines l;
	int ret;

	ret = lines_begin(s, &l, "faults", "iommu_probe faults", names);
	if (ret)
		return ret == -ENOENT ? fail(XLATE_ERROR, NULL, "%s: it has no \"faults\"",
					     s->from ? s->from : "the module") :
					ret;
	l.comment = take_comment;
	while ((ret = lines_record(&l)) > 0)
		if (!put_fault(t, s, &l))
			return lines_bad(&l, "no fault as this version of xlate knows it");
	return -ret;
}

/* Takes what is complete of a growing text; moves the rest to its front. */
static int take_chunk(struct iom_lines *l, struct table *t, const struct iom *s, char *buf,
		      size_t *len)
{
	size_t used = *len;
	char *line;
	int ret;

	while (used && buf[used - 1] != '\n')
		used--;
	if (!used)
		return 0;
	buf[used - 1] = '\0';
	l->next = buf;
	while ((line = lines_next(l))) {
		ret = lines_split(l, line);
		if (ret < 0)
			return -ret;
		if (!put_fault(t, s, l))
			return lines_bad(l, "no fault as this version of xlate knows it");
	}
	table_flush(t);
	*len -= used;
	memmove(buf, buf + used, *len);
	return 0;
}

static int follow(struct iom *s, struct table *t)
{
	struct pollfd p = { .fd = iom_live_fd("faults"), .events = POLLIN };
	static char buf[65536];
	struct iom_lines l;
	size_t len = 0;
	ssize_t got;
	int ret = 0;

	if (p.fd < 0)
		return iom_absent(errno);
	lines_of(s, &l, "faults", NULL, names);
	l.comment = take_comment;
	table_flush(t);
	while (!ret) {
		got = read(p.fd, buf + len, sizeof(buf) - len - 1);
		if (got > 0) {
			len += got;
			ret = take_chunk(&l, t, s, buf, &len);
			if (!ret && len == sizeof(buf) - 1)
				ret = lines_bad(&l, "a line without end");
			continue;
		}
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			ret = fail(XLATE_ERROR, NULL, "faults: %s", strerror(errno));
		else if (poll(&p, 1, -1) > 0 && !(p.revents & POLLIN))
			ret = fail(XLATE_ERROR, NULL, "faults: the module was removed");
		/* Nobody reads any more? */
		if (ferror(stdout))
			break;
	}
	close(p.fd);
	return ret;
}

static int run(int argc, char **argv)
{
	struct table *t;
	struct iom s;
	int ret;

	if (argc)
		return fail(XLATE_USAGE, "usage: xlate faults [--follow]", "%s: one word too many",
			    argv[0]);
	if (opt.follow && opt.ninputs)
		return fail(XLATE_USAGE, NULL, "a saved view cannot be followed");
	ret = iom_open(&s);
	if (ret)
		return ret;
	t = table_new("faults", columns);
	if (!t) {
		iom_close(&s);
		return XLATE_USAGE;
	}
	if (opt.json)
		table_show_all(t);
	if (opt.follow) {
		table_lines(t);
		ret = follow(&s, t);
		table_free(t);
	} else {
		ret = show(&s, t);
		if (!ret && (table_rows(t) || opt.json)) {
			table_end(t);
		} else {
			table_free(t);
			if (!ret && !opt.no_headings)
				puts("No fault was seen.");
		}
	}
	iom_close(&s);
	return ret;
}

const struct command cmd_faults = {
	.name = "faults",
	.run = run,
	.args = "[--follow]",
	.help = "DMAs that were refused, and why",
	.text = "Lists the DMAs that the IOMMU refused since the module was loaded: who, where, read or\n"
		"write, and the reason in words; WALK has the entries of the tables at that moment. The\n"
		"kernel's own log loses faults when there are many; here a counter tells how many did\n"
		"not fit. --follow goes on with new ones as they happen, with --json one object a line.\n",
	.columns = columns,
	.options = OPT_INPUT | OPT_TABLE | OPT_FOLLOW,
};
