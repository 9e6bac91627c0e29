// SPDX-License-Identifier: GPL-2.0-only
/*
 * vnet-send IFACE CSUM_START: one frame of IPv4 and UDP, to all, with a header that asks for a
 * checksum from CSUM_START on: what a driver passes on as it stands (PACKET_VNET_HDR), right
 * (34) or wrong.
 */
#include <arpa/inet.h>
#include <err.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of the IP header (RFC 1071). */
static uint16_t checksum(const void *data, size_t len)
{
	const uint16_t *p = data;
	uint32_t sum = 0;

	for (; len; len -= 2)
		sum += *p++;
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

int main(int argc, char **argv)
{
	struct {
		struct virtio_net_hdr vnet;
		struct ethhdr eth;
		struct iphdr ip;
		struct udphdr udp;
		char data[100];
	} __attribute__((packed)) frame = {
		.vnet = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
			  .csum_offset = offsetof(struct udphdr, check) },
		.eth = { .h_dest = { 255, 255, 255, 255, 255, 255 },
			 .h_source = { 2, 0, 0, 0, 0, 1 },
			 .h_proto = htons(ETH_P_IP) },
		.ip = { .version = 4,
			.ihl = 5,
			.ttl = 64,
			.protocol = IPPROTO_UDP,
			.daddr = INADDR_BROADCAST },
		.udp = { .source = htons(9), .dest = htons(9) },
	};
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP) };
	int one = 1, fd;

	if (argc != 3)
		errx(2, "usage: vnet-send IFACE CSUM_START");
	to.sll_ifindex = if_nametoindex(argv[1]);
	if (!to.sll_ifindex)
		err(1, "%s", argv[1]);
	frame.vnet.csum_start = atoi(argv[2]);
	frame.ip.tot_len = htons(sizeof(frame.ip) + sizeof(frame.udp) + sizeof(frame.data));
	frame.ip.check = checksum(&frame.ip, sizeof(frame.ip));
	frame.udp.len = htons(sizeof(frame.udp) + sizeof(frame.data));

	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&to, sizeof(to)))
		err(1, "packet socket");
	if (send(fd, &frame, sizeof(frame), 0) != sizeof(frame))
		err(1, "send");
	return 0;
}
