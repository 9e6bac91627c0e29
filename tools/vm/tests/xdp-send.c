// SPDX-License-Identifier: GPL-2.0-only
/*
 * Send frames by AF_XDP: by the queue that was named and no other, without a queueing
 * discipline, and without asking the driver whether it has a program.
 * usage: xdp-send INTERFACE QUEUE COUNT
 */
#include "tests.h"

#include <linux/if_xdp.h>
#include <net/if.h>
#include <sys/socket.h>

#define FRAMES 64
#define LENGTH 60

#define OPTION(fd, name, value) \
	(setsockopt(fd, SOL_XDP, name, &(value), sizeof(value)) ? bail(#name) : (void)0)

int main(int argc, char **argv)
{
	struct sockaddr_xdp to = { .sxdp_family = AF_XDP, .sxdp_flags = XDP_COPY };
	struct xdp_umem_reg umem = { .len = FRAMES * PAGE, .chunk_size = PAGE };
	unsigned int ring = FRAMES, sent = 0, count;
	struct xdp_mmap_offsets at;
	socklen_t length = sizeof(at);
	struct xdp_desc *desc;
	char *tx, *cq;
	int fd;

	if (argc != 4) {
		fputs("usage: xdp-send INTERFACE QUEUE COUNT\n", stderr);
		return 2;
	}
	count = strtoul(argv[3], NULL, 0);
	to.sxdp_ifindex = if_nametoindex(argv[1]);
	to.sxdp_queue_id = strtoul(argv[2], NULL, 0);
	umem.addr = (uintptr_t)mmap(NULL, umem.len, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	fd = socket(AF_XDP, SOCK_RAW, 0);
	if (fd < 0 || !to.sxdp_ifindex)
		bail("AF_XDP on %s", argv[1]);
	/* To everybody, of an EtherType for experiments. */
	for (unsigned int i = 0; i < FRAMES; i++) {
		char *frame = (char *)(uintptr_t)umem.addr + i * PAGE;

		memset(frame, 0xff, 6);
		memset(frame + 6, 2, 6);
		memcpy(frame + 12, "\x88\xb5", 2);
	}
	OPTION(fd, XDP_UMEM_REG, umem);
	OPTION(fd, XDP_UMEM_FILL_RING, ring);
	OPTION(fd, XDP_UMEM_COMPLETION_RING, ring);
	OPTION(fd, XDP_TX_RING, ring);
	if (getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &at, &length))
		bail("XDP_MMAP_OFFSETS");
	tx = mmap(NULL, at.tx.desc + FRAMES * sizeof(*desc), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		  XDP_PGOFF_TX_RING);
	cq = mmap(NULL, at.cr.desc + FRAMES * sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED,
		  fd, XDP_UMEM_PGOFF_COMPLETION_RING);
	if (tx == MAP_FAILED || cq == MAP_FAILED)
		bail("its rings");
	if (bind(fd, (struct sockaddr *)&to, sizeof(to)))
		bail("queue %u", to.sxdp_queue_id);

	desc = (struct xdp_desc *)(tx + at.tx.desc);
	for (unsigned int i = 0; i < FRAMES; i++)
		desc[i] = (struct xdp_desc){ .addr = i * PAGE, .len = LENGTH };
	while (sent < count) {
		uint32_t *producer = (uint32_t *)(tx + at.tx.producer);

		/* As many as are done with, one after the other. */
		__atomic_store_n(producer, *producer + 1, __ATOMIC_RELEASE);
		if (sendto(fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 && errno != EAGAIN &&
		    errno != EBUSY && errno != ENOBUFS)
			bail("sendto");
		while (__atomic_load_n((uint32_t *)(cq + at.cr.producer), __ATOMIC_ACQUIRE) == sent)
			sendto(fd, NULL, 0, MSG_DONTWAIT, NULL, 0);
		__atomic_store_n((uint32_t *)(cq + at.cr.consumer), ++sent, __ATOMIC_RELEASE);
	}
	return 0;
}
