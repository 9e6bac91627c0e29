// SPDX-License-Identifier: GPL-2.0-only
/*
 * vnet-send IFACE CSUM_START: one frame of IPv4 and UDP, to all, with a header that asks for a
 * checksum from CSUM_START on: what a driver passes on as it stands (PACKET_VNET_HDR), right
 * (34) or wrong.
 *
 * vnet-send IFACE tcp LEN: one TCP segment of LEN bytes, to be cut up by who cannot take it whole
 * (at most 65495).
 */
#include <arpa/inet.h>
#include <err.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdbool.h>
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

static struct {
	struct virtio_net_hdr vnet;
	struct ethhdr eth;
	struct iphdr ip;
	union {
		struct udphdr udp;
		struct tcphdr tcp;
	};
	char data[UINT16_MAX];
} __attribute__((packed)) frame = {
	.vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
	.eth = { .h_dest = { 255, 255, 255, 255, 255, 255 }, .h_source = { 2, 0, 0, 0, 0, 1 } },
	.ip = { .version = 4, .ihl = 5, .ttl = 64, .daddr = INADDR_BROADCAST },
};

/* Return: bytes of the IP packet. */
static unsigned int make_udp(unsigned int csum_start)
{
	unsigned int len = sizeof(frame.udp) + 100;

	frame.vnet.csum_start = csum_start;
	frame.vnet.csum_offset = offsetof(struct udphdr, check);
	frame.ip.protocol = IPPROTO_UDP;
	frame.udp.source = frame.udp.dest = htons(9);
	frame.udp.len = htons(len);
	return sizeof(frame.ip) + len;
}

static unsigned int make_tcp(unsigned int len)
{
	frame.vnet.csum_start = sizeof(frame.eth) + sizeof(frame.ip);
	frame.vnet.csum_offset = offsetof(struct tcphdr, check);
	frame.vnet.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	frame.vnet.gso_size = ETH_DATA_LEN - sizeof(frame.ip) - sizeof(frame.tcp);
	frame.vnet.hdr_len = frame.vnet.csum_start + sizeof(frame.tcp);
	frame.ip.protocol = IPPROTO_TCP;
	frame.tcp.source = frame.tcp.dest = htons(9);
	frame.tcp.doff = sizeof(frame.tcp) / 4;
	frame.tcp.ack = 1;
	return sizeof(frame.ip) + sizeof(frame.tcp) + len;
}

int main(int argc, char **argv)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP) };
	bool tcp = argc == 4 && !strcmp(argv[2], "tcp");
	unsigned int len;
	int one = 1, fd;

	if (argc != 3 && !tcp)
		errx(2, "usage: vnet-send IFACE CSUM_START | IFACE tcp LEN");
	to.sll_ifindex = if_nametoindex(argv[1]);
	if (!to.sll_ifindex)
		err(1, "%s", argv[1]);
	len = tcp ? make_tcp(atoi(argv[3])) : make_udp(atoi(argv[2]));
	if (len > UINT16_MAX)
		errx(2, "%s: too long", argv[3]);
	frame.eth.h_proto = htons(ETH_P_IP);
	frame.ip.tot_len = htons(len);
	frame.ip.check = checksum(&frame.ip, sizeof(frame.ip));
	len += offsetof(typeof(frame), ip);

	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&to, sizeof(to)))
		err(1, "packet socket");
	if (send(fd, &frame, len, 0) != (ssize_t)len)
		err(1, "send");
	return 0;
}
