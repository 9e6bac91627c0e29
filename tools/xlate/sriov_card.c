// SPDX-License-Identifier: GPL-2.0-only
/* What only sriov_demo says of a card: whose the queue pairs are, and the VFs' states. */
#include <stdlib.h>

#include "iommu_source.h"
#include "sriov.h"

#define FOLDER "/sys/kernel/debug/sriov_demo"

/* A file of the card's folder, to be freed; NULL when another driver has it. */
static char *card_text(const struct function *pf, const char *name)
{
	char path[128];
	size_t len;

	snprintf(path, sizeof(path), FOLDER "/%s/%s", pf->bdf, name);
	return read_path(path, 1 << 16, &len);
}

static void add_pair(struct function *f, unsigned int pair)
{
	size_t len = strlen(f->pairs);

	snprintf(f->pairs + len, sizeof(f->pairs) - len, "%s%u", len ? "," : "", pair);
}

/* Lines "PAIR POOL OWNER ...", where the owner is "pf" or "vfN". */
static void take_pairs(struct function *pf, char *text)
{
	unsigned int pair, pool, vf;
	char *line, *save = NULL;
	char owner[16];

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "%u %u %15s", &pair, &pool, owner) != 3)
			continue;
		if (!strcmp(owner, "pf"))
			add_pair(pf, pair);
		else if (sscanf(owner, "vf%u", &vf) == 1 && vf < pf->count)
			add_pair(&pf->vf[vf], pair);
	}
}

void sriov_card(struct function *pf)
{
	char name[32], *text = card_text(pf, "queues");
	unsigned int i;

	if (!text)
		return;
	take_pairs(pf, text);
	free(text);
	for (i = 0; i < pf->count; i++) {
		snprintf(name, sizeof(name), "vf%u/state", i);
		text = card_text(pf, name);
		if (text && sscanf(text, "state %15s %23s", pf->vf[i].state, pf->vf[i].reason) != 2)
			pf->vf[i].state[0] = '\0';
		free(text);
	}
}
