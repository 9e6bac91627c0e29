# SPDX-License-Identifier: GPL-2.0-only
# The suite's targets. `make help` lists them; Kbuild says what a module consists of.

KDIR    ?= /lib/modules/$(shell uname -r)/build
PREFIX  ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0
export PREFIX DESTDIR VERSION

# A kernel built with clang wants its modules built so, too.
LLVM_FLAG := $(if $(shell grep -s '^CONFIG_CC_IS_CLANG=y' $(KDIR)/.config $(KDIR)/include/config/auto.conf),LLVM=1)
KBUILD    := $(MAKE) -C $(KDIR) M=$(CURDIR) $(LLVM_FLAG)

SETUP := tools/vm/setup

all: modules tools ## modules for the kernel at KDIR, and the tools

modules: headers ## the kernel modules only
	$(KBUILD) modules

# Say what is missing, and the line that mends it, before make says something worse.
headers:
	@test -e $(KDIR)/Makefile || { \
	  echo "xlate: no kernel headers at KDIR=$(KDIR)."; \
	  echo "  Debian, Ubuntu: apt install linux-headers-$$(uname -r)"; \
	  echo "  Fedora:         dnf install kernel-devel-$$(uname -r)"; \
	  echo "  or name a built kernel tree: make KDIR=/path/to/it"; \
	  echo "  \"make demo\" and \"make test\" need no headers of this machine's kernel."; \
	  exit 1; } >&2
ifneq ($(LLVM_FLAG),)
	@command -v clang >/dev/null || { \
	  echo "xlate: the kernel at $(KDIR) was built with clang, which is not installed."; \
	  echo "  Debian, Ubuntu: apt install clang lld llvm"; \
	  exit 1; } >&2
endif

tools: ## the xlate tool and the test programs, in build/bin
	$(MAKE) -C tools

demo: ## the article, live, in a virtual machine (CHAPTER=name, PAUSE=1)
	@$(SETUP) packages
	@$(SETUP) kernels
	@$(MAKE) -s tools
	@tools/vm/demo/run

test: ## everything that a push must pass
	@$(SETUP) all
	@tools/vm/test

soak: ## the long forms: storms and full matrices
	@$(SETUP) all
	@tools/vm/test --soak

check: ## static checks: sparse, W=1, checkpatch, headers, formatting, shellcheck
	@$(SETUP) all
	@tools/check

bench: ## count instructions per page table entry and per packet, beside the kernel's own
	@$(SETUP) packages
	@$(SETUP) kernels
	@$(MAKE) -s tools
	@tools/vm/bench/run

vm: ## a root shell in the virtual machine, with modules and tools there
	@$(SETUP) packages
	@$(SETUP) kernels
	@$(MAKE) -s tools
	@tools/vm/vm shell

install: modules tools ## modules, xlate and its man page (DESTDIR, PREFIX)
	$(KBUILD) $(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) INSTALL_MOD_DIR=extra modules_install
	$(MAKE) -C tools install

DKMS_SRC = $(DESTDIR)/usr/src/xlate-$(VERSION)
MODULE_DIRS := $(wildcard pagewalk vnic iommu_probe sriov_demo)

dkms-install: ## let DKMS build the modules for each kernel that is installed
	@command -v dkms >/dev/null || { \
	  echo "xlate: no dkms here. Debian, Ubuntu: apt install dkms" >&2; exit 1; }
	! dkms status -m xlate -v $(VERSION) | grep -q . || dkms remove -m xlate -v $(VERSION) --all
	rm -rf $(DKMS_SRC)
	mkdir -p $(DKMS_SRC)
	cp -r Kbuild Makefile dkms.conf COPYING include $(MODULE_DIRS) $(DKMS_SRC)/
	dkms add -m xlate -v $(VERSION)
	dkms build -m xlate -v $(VERSION)
	dkms install -m xlate -v $(VERSION)

clean: ## remove what was built (not the cache of kernels)
	-test ! -e $(KDIR)/Makefile || $(KBUILD) clean
	rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "KDIR (now $(KDIR)) names the kernel to build for."

.PHONY: all modules headers tools demo test soak check bench vm install dkms-install clean help
