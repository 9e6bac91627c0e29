// SPDX-License-Identifier: GPL-2.0-only
/*
 * page-send ADDRESS PORT file FILE: FILE over TCP, by sendfile(); holes of a file in tmpfs are the
 * page of zeros (since 6.6).
 *
 * page-send ADDRESS PORT pages COPY: pages that are no program's own, with MSG_ZEROCOPY: some that
 * were never touched, which are the page of zeros, too, then the vDSO. COPY gets the same bytes.
 * With "maybe" for "pages" the kernel may copy them: where the interface has no scatter-gather, it
 * does so to packets of a single segment (skb_needs_linearize()).
 *
 * page-send ADDRESS PORT map FILE: FILE as it is mapped, with MSG_ZEROCOPY.
 *
 * It ends well when all was given to the network interface, and nothing was copied before.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE	  4096
#define UNTOUCHED (5 * PAGE)
/* Acknowledgements come late on a slow machine, but they come. */
#define PATIENCE_MS 30000

static int sock;
static bool may_copy;
/* Calls that sent something with MSG_ZEROCOPY, and those of them that are done. */
static uint32_t calls, done;

static void connect_to(const char *address, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };
	int one = 1;

	if (!inet_aton(address, &to.sin_addr))
		errx(2, "%s: no address", address);
	sock = socket(AF_INET, SOCK_STREAM, 0);
	if (sock < 0 || setsockopt(sock, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)) ||
	    connect(sock, (struct sockaddr *)&to, sizeof(to)))
		err(1, "socket");
}

static int open_file(const char *name, size_t *size)
{
	struct stat st;
	int fd = open(name, O_RDONLY);

	if (fd < 0 || fstat(fd, &st))
		err(1, "%s", name);
	*size = st.st_size;
	return fd;
}

static void *map(size_t size, int fd)
{
	void *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	if (p == MAP_FAILED)
		err(1, "mmap");
	return p;
}

static void send_pages(const void *p, size_t size)
{
	while (size) {
		ssize_t n = send(sock, p, size, MSG_ZEROCOPY);

		if (n <= 0)
			err(1, "send");
		calls++;
		p += n;
		size -= n;
	}
}

/* One report of the kernel: of some calls, in order. */
static void take_report(void)
{
	char control[256];
	struct msghdr msg = { .msg_control = control, .msg_controllen = sizeof(control) };
	const struct sock_extended_err *e;
	const struct cmsghdr *c;

	if (recvmsg(sock, &msg, MSG_ERRQUEUE) < 0)
		err(1, "reports");
	c = CMSG_FIRSTHDR(&msg);
	if (!c)
		errx(1, "a report without content");
	e = (const void *)CMSG_DATA(c);
	if (e->ee_errno || e->ee_origin != SO_EE_ORIGIN_ZEROCOPY)
		errx(1, "error %u, origin %u", e->ee_errno, e->ee_origin);
	if (e->ee_code & SO_EE_CODE_ZEROCOPY_COPIED && !may_copy)
		errx(1, "it was copied");
	done += e->ee_data - e->ee_info + 1;
}

static void wait_until_done(void)
{
	struct pollfd p = { .fd = sock };

	while (done < calls) {
		if (poll(&p, 1, PATIENCE_MS) <= 0)
			errx(1, "%u of %u calls are done", done, calls);
		take_report();
	}
}

static void write_copy(int fd, const void *p, size_t size)
{
	if (write(fd, p, size) != (ssize_t)size)
		err(1, "copy");
}

static void do_file(const char *name)
{
	size_t size;
	int fd = open_file(name, &size);

	while (size) {
		ssize_t n = sendfile(sock, fd, NULL, size);

		if (n <= 0)
			err(1, "sendfile");
		size -= n;
	}
}

static void do_pages(const char *copy)
{
	const void *vdso = (const void *)getauxval(AT_SYSINFO_EHDR);
	const void *untouched = map(UNTOUCHED, -1);
	int fd = open(copy, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || !vdso)
		err(1, "%s", vdso ? copy : "vDSO");
	send_pages(untouched, UNTOUCHED);
	send_pages(vdso, PAGE);
	wait_until_done();
	write_copy(fd, untouched, UNTOUCHED);
	write_copy(fd, vdso, PAGE);
}

static void do_map(const char *name)
{
	struct linger none = { .l_onoff = 1 };
	size_t size;
	int fd = open_file(name, &size);

	/* The kernel must not hold the pages when this has ended. */
	if (setsockopt(sock, SOL_SOCKET, SO_LINGER, &none, sizeof(none)))
		err(1, "SO_LINGER");
	send_pages(map(size, fd), size);
	wait_until_done();
}

int main(int argc, char **argv)
{
	if (argc != 5)
		errx(2,
		     "usage: page-send ADDRESS PORT file FILE | pages COPY | maybe COPY | map FILE");
	may_copy = !strcmp(argv[3], "maybe");
	connect_to(argv[1], argv[2]);
	if (!strcmp(argv[3], "file"))
		do_file(argv[4]);
	else if (!strcmp(argv[3], "pages") || may_copy)
		do_pages(argv[4]);
	else if (!strcmp(argv[3], "map"))
		do_map(argv[4]);
	else
		errx(2, "%s?", argv[3]);
	return 0;
}
