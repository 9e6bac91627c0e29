// SPDX-License-Identifier: GPL-2.0-only
/*
 * lent-frames send IFACE COUNT: frames whose bytes stay here until the driver has taken them
 * (PACKET_TX_RING), out of a ring of few. Each is written anew as soon as the kernel says that
 * it was sent.
 *
 * lent-frames receive IFACE COUNT: waits for so many, and fails unless each is whole: its number is
 * in its header, which was copied when it was sent, and all over its body, which was not.
 */
#include <arpa/inet.h>
#include <err.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* IEEE's first one for experiments, of which nobody sends any. */
#define ETH_P_LENT 0x88B5

#define FRAMES	   8
#define FRAME_SIZE 2048
#define HEAD	   (TPACKET2_HDRLEN - sizeof(struct sockaddr_ll))

/* The frame, Ethernet's header included: no padding. */
struct lent {
	unsigned char to[ETH_ALEN];
	/* 02:00 and the number */
	unsigned char from[2];
	uint32_t number;
	uint16_t proto;
	/* the number again */
	uint32_t body[256];
} __attribute__((packed));

static int packet_socket(const char *iface, int proto)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(proto) };
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	at.sll_ifindex = if_nametoindex(iface);
	if (!at.sll_ifindex)
		err(1, "%s", iface);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)))
		err(1, "packet socket");
	return fd;
}

static void fill(void *frame, uint32_t number)
{
	struct tpacket2_hdr *head = frame;
	struct lent *lent = frame + HEAD;
	unsigned int i;

	memset(lent->to, 255, sizeof(lent->to));
	lent->from[0] = 2;
	lent->number = htonl(number);
	lent->proto = htons(ETH_P_LENT);
	for (i = 0; i < 256; i++)
		lent->body[i] = htonl(number);
	head->tp_len = sizeof(*lent);
	__atomic_store_n(&head->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
}

static int lend(const char *iface, uint32_t count)
{
	struct tpacket_req ring = {
		.tp_block_size = FRAMES * FRAME_SIZE,
		.tp_block_nr = 1,
		.tp_frame_size = FRAME_SIZE,
		.tp_frame_nr = FRAMES,
	};
	int version = TPACKET_V2, fd = packet_socket(iface, 0);
	uint32_t n;
	char *map;

	if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &ring, sizeof(ring)))
		err(1, "PACKET_TX_RING");
	map = mmap(NULL, FRAMES * FRAME_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		err(1, "mmap");
	for (n = 0; n < count; n++) {
		struct tpacket2_hdr *head = (void *)(map + n % FRAMES * FRAME_SIZE);

		/* Waits until what is on its way is sent, as the driver says. */
		while (__atomic_load_n(&head->tp_status, __ATOMIC_ACQUIRE) != TP_STATUS_AVAILABLE)
			if (send(fd, NULL, 0, 0) < 0)
				err(1, "send");
		fill(head, n);
		if (send(fd, NULL, 0, MSG_DONTWAIT) < 0)
			err(1, "send");
	}
	if (send(fd, NULL, 0, 0) < 0)
		err(1, "send");
	return 0;
}

static int receive(const char *iface, uint32_t count)
{
	struct timeval patience = { .tv_sec = 60 };
	int room = 64 << 20, fd = packet_socket(iface, ETH_P_LENT);
	uint32_t n, i, altered = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		err(1, "setsockopt");
	/* Who reads this may send. */
	puts("ready");
	fflush(stdout);
	for (n = 0; n < count; n++) {
		struct lent lent;
		ssize_t len = recv(fd, &lent, sizeof(lent), MSG_TRUNC);

		if (len < 0)
			err(1, "after %u frames", n);
		if (len != sizeof(lent))
			errx(1, "frame %u has %zd bytes", n, len);
		for (i = 0; i < 256 && lent.body[i] == lent.number; i++)
			;
		altered += i < 256 || ntohl(lent.number) != n;
	}
	printf("%u frames, %u altered or out of order\n", n, altered);
	return altered ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "send"))
		return lend(argv[2], atoi(argv[3]));
	if (argc == 4 && !strcmp(argv[1], "receive"))
		return receive(argv[2], atoi(argv[3]));
	errx(2, "usage: lent-frames send|receive IFACE COUNT");
}
