# What leaves the build directory: shared library, static program, manual pages and completions, installation, packages.
# Included by the Makefile.

VERSION   := $(shell awk '/define FEAT_VERSION_/ {v = v s $$3; s = "."} END {print v}' engine/feat.h)
SOVERSION := $(firstword $(subst ., ,$(VERSION)))

# --- the shared library: both libraries in one, for programs that load it (tools/python) --------------------
SONAME    := libbonafide.so.$(SOVERSION)
LIBSO     := $(BUILD)/libbonafide.so.$(VERSION)
.PHONY: shared static docs deb install uninstall
shared: $(LIBSO)
# (What is not in a public header is hidden: the version script only gives the rest its versions.)
VERSIONS  := tools/package/libbonafide.map
$(LIBSO): $(call obj,$(ENGINE) $(METRICS)) $(VERSIONS)
	@echo "  LINK $@"
	$(Q)$(CC) $(FLAGS) $(LDFLAGS) -shared -Wl,--gc-sections -Wl,-soname,$(SONAME) -Wl,-z,defs -Wl,-Bsymbolic-functions \
	    -Wl,--version-script=$(VERSIONS) $(filter %.o,$^) $(LDLIBS) \
	    -pthread -lm -o $@
	$(Q)ln -sf $(notdir $@) $(BUILD)/$(SONAME) && ln -sf $(notdir $@) $(BUILD)/libbonafide.so

# --- one file that runs on any kernel, with nothing beside it ----------------------------------------------
STATIC := $(BUILD)/static/bonafide
static: $(STATIC)
	@echo "$(STATIC): $$(wc -c < $(STATIC)) bytes, static, stripped"
$(STATIC): $(BUILD)/obj/tools/program/main_bonafide.o $(LIBTOOL) $(LIBGMET) $(LIBFEAT)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(FLAGS) $(LDFLAGS) -static -s -Wl,--gc-sections $^ $(WEBP_LIBS) $(LDLIBS) -pthread -lm -o $@

# --- manual pages and completions, by a program of the machine that builds ----------------------------------
HOSTCC  ?= $(if $(CROSS),cc,$(CC))
MKDOCS  := $(if $(CROSS),$(BUILD)/host/bin/mkdocs,$(BUILD)/bin/mkdocs)
DOCS    := $(BUILD)/docs/made.txt
docs: $(DOCS)
ifneq ($(CROSS),)
.PHONY: host-mkdocs
host-mkdocs:
	+$(Q)$(SUBMAKE) CROSS= CC='$(HOSTCC)' CFLAGS=-O1 WEBP=0 BUILD=$(BUILD)/host $(BUILD)/host/bin/mkdocs
$(BUILD)/host/bin/mkdocs: host-mkdocs ;
endif
$(DOCS): $(MKDOCS)
	$(Q)rm -rf $(@D) && mkdir -p $(@D) && $(MKDOCS) $(@D) && touch $@

# --- the wheel and the source archive, for pip and for machines without packages --------------------------------
# In the wheel the program is the static one, which needs nothing of the machine; where the C library cannot be linked
# statically (Fedora without glibc-static), only libwebp is.
DIST      ?= build/dist
PYTHON    ?= python3
WHEELED   := $(BUILD)/wheel
STATIC_OK  = $(shell echo 'int main(void) { return 0; }' | $(CC) -static -x c - -lm -pthread -o /dev/null 2>/dev/null && echo 1)
.PHONY: wheel wheel-parts sdist
wheel:
	@command -v $(PYTHON) >/dev/null || { echo "make wheel wants python3, of any kind"; exit 1; }
	+@$(SUBMAKE) wheel-parts
	@CC='$(CC)' CPPFLAGS='$(CPPFLAGS)' OBJDUMP='$(CROSS)objdump' $(PYTHON) tools/package/bonafide_build.py wheel '$(DIST)' $(VERSION) \
	    $(WHEELED)/bonafide $(WHEELED)/$(SONAME) $(ARCH)
wheel-parts: $(WHEELED)/bonafide $(WHEELED)/$(SONAME)
$(WHEELED)/bonafide: $(BUILD)/obj/tools/program/main_bonafide.o $(LIBTOOL) $(LIBGMET) $(LIBFEAT)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(FLAGS) $(LDFLAGS) $(if $(STATIC_OK),-static) -s -Wl,--build-id=none -Wl,--gc-sections $^ \
	    $(if $(WEBP_LIBS),-Wl$(comma)-Bstatic $(WEBP_LIBS) $(if $(STATIC_OK),,-Wl$(comma)-Bdynamic)) $(LDLIBS) -pthread -lm -o $@
$(WHEELED)/$(SONAME): $(LIBSO)
	@mkdir -p $(@D)
	$(Q)$(CROSS)strip --strip-unneeded -R .comment -R .note.gnu.build-id -o $@ $<
sdist:
	@command -v $(PYTHON) >/dev/null || { echo "make sdist wants python3, of any kind"; exit 1; }
	@CC='$(CC)' CPPFLAGS='$(CPPFLAGS)' $(PYTHON) tools/package/bonafide_build.py sdist '$(DIST)' $(VERSION) '$(BUILD_ID)'

# --- Debian packages ----------------------------------------------------------------------------------------
DEBTREE  = $(BUILD)/deb/tree
DEBLIB   = /usr/lib/$(TARGET)
deb: all docs
	@rm -rf $(DEBTREE)
	@$(MAKE) --no-print-directory install DESTDIR=$(DEBTREE) PREFIX=/usr LIBDIR=$(DEBLIB) INCLUDEDIR=/usr/include \
	    PYTHONDIR=/usr/lib/python3/dist-packages >$(BUILD)/deb.log || { tail -n 3 $(BUILD)/deb.log; exit 1; }
	@STRIP='$(CROSS)strip' OBJDUMP='$(CROSS)objdump' sh tools/package/deb.sh $(DEBTREE) $(BUILD)/deb $(VERSION) $(TARGET)

# --- installing ------------------------------------------------------------------------------------------
PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR    ?= $(PREFIX)/share
MANDIR     ?= $(DATADIR)/man
BASHDIR    ?= $(DATADIR)/bash-completion/completions
ZSHDIR     ?= $(DATADIR)/zsh/site-functions
FISHDIR    ?= $(DATADIR)/fish/vendor_completions.d
PYTHONDIR  ?= $(DATADIR)/bonafide
INSTALL    ?= install
DOCDIR     ?= $(DATADIR)/doc/bonafide
HEADERDIR   = $(DESTDIR)$(INCLUDEDIR)/bonafide
PCDIR       = $(DESTDIR)$(LIBDIR)/pkgconfig
CMAKEDIR    = $(DESTDIR)$(LIBDIR)/cmake/bonafide

# The public headers. Installed they lie in one folder, <bonafide/feat.h>, and include each other from there.
PUBLIC := engine/feat.h engine/base/common.h metrics/gmet.h metrics/base/context.h metrics/judge/gjudge.h \
          $(foreach face,across diversity frechet linalg manifold moments twosample,metrics/$(face)/$(face).h)

# What pkg-config and CMake are told is relative to their own place, so that the whole tree can be moved; where the
# libraries are not under PREFIX it is not.
under    = $(filter $(PREFIX)/%,$(1))
to_root  = $(subst $() ,/,$(patsubst %,..,$(subst /, ,$(patsubst $(PREFIX)/%,%,$(1)))))
PCPREFIX = $(if $(call under,$(LIBDIR)),$${pcfiledir}/$(call to_root,$(LIBDIR)/pkgconfig),$(PREFIX))
pc = printf '%s\n' 'prefix=$(PCPREFIX)' 'libdir=$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))' \
     'includedir=$(patsubst $(PREFIX)/%,$${prefix}/%,$(INCLUDEDIR))' '' 'Name: $(1)' 'Description: $(2)' 'Version: $(VERSION)' \
     'Cflags: -I$${includedir}' 'Libs: -L$${libdir} -l$(1) $(3)' > $(PCDIR)/$(1).pc
cmake = sed -e 's|@PREFIX@|$(if $(call under,$(LIBDIR)),$${CMAKE_CURRENT_LIST_DIR}/$(call to_root,$(LIBDIR)/cmake/bonafide),$(PREFIX))|g' \
        -e 's|@LIBDIR@|$(patsubst $(PREFIX)/%,$${_bonafide_prefix}/%,$(LIBDIR))|g' \
        -e 's|@INCLUDEDIR@|$(patsubst $(PREFIX)/%,$${_bonafide_prefix}/%,$(INCLUDEDIR))|g' \
        -e 's|@VERSION@|$(VERSION)|g' -e 's|@SONAME@|$(SONAME)|g' tools/package/$(1).in > $(CMAKEDIR)/$(1)

install: all docs
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR) $(PCDIR) $(CMAKEDIR) $(HEADERDIR) \
	    $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(BASHDIR) $(DESTDIR)$(ZSHDIR) $(DESTDIR)$(FISHDIR) \
	    $(DESTDIR)$(PYTHONDIR)/bonafide $(DESTDIR)$(DOCDIR)/examples
	$(INSTALL) -m 755 $(BUILD)/bin/bonafide $(DESTDIR)$(BINDIR)
	$(INSTALL) -m 644 $(LIBFEAT) $(LIBGMET) $(DESTDIR)$(LIBDIR)
	$(INSTALL) -m 644 $(LIBSO) $(DESTDIR)$(LIBDIR)
	ln -sf $(notdir $(LIBSO)) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libbonafide.so
	@for file in $(PUBLIC); do \
	    sed -f tools/package/headers.sed $$file > $(BUILD)/header.tmp && \
	    $(INSTALL) -m 644 $(BUILD)/header.tmp $(HEADERDIR)/$${file##*/} || exit 1; \
	done; rm -f $(BUILD)/header.tmp
	$(INSTALL) -m 644 $(BUILD)/docs/*.1 $(DESTDIR)$(MANDIR)/man1
	$(INSTALL) -m 644 $(BUILD)/docs/bonafide.bash $(DESTDIR)$(BASHDIR)/bonafide
	$(INSTALL) -m 644 $(BUILD)/docs/bonafide.zsh $(DESTDIR)$(ZSHDIR)/_bonafide
	$(INSTALL) -m 644 $(BUILD)/docs/bonafide.fish $(DESTDIR)$(FISHDIR)/bonafide.fish
	$(INSTALL) -m 644 tools/python/bonafide/*.py tools/python/bonafide/py.typed $(DESTDIR)$(PYTHONDIR)/bonafide
	@rm -rf $(BUILD)/share_doc && sh tools/package/install_docs.sh $(BUILD)/share_doc
	$(INSTALL) -m 644 $(BUILD)/share_doc/*.md $(BUILD)/share_doc/LICENSE $(DESTDIR)$(DOCDIR)
	$(INSTALL) -m 644 $(BUILD)/share_doc/examples/* $(DESTDIR)$(DOCDIR)/examples
	@$(call pc,feat,features of images by a network with the same bits on every machine,-pthread -lm)
	@$(call pc,gmet,FID Inception Score precision and recall of feature matrices,-lfeat -pthread -lm)
	@$(call pc,bonafide,both in one shared library,)
	@$(call cmake,bonafide-config.cmake)
	@$(call cmake,bonafide-config-version.cmake)
	@$(if $(DESTDIR),:,LIBDIR='$(LIBDIR)' BINDIR='$(BINDIR)' PYTHONDIR='$(PYTHONDIR)' DOCDIR='$(DOCDIR)' sh tools/package/what_next.sh)

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/bonafide $(DESTDIR)$(LIBDIR)/libfeat.a $(DESTDIR)$(LIBDIR)/libgmet.a \
	    $(DESTDIR)$(LIBDIR)/libbonafide.so* $(PCDIR)/feat.pc $(PCDIR)/gmet.pc $(PCDIR)/bonafide.pc \
	    $(DESTDIR)$(MANDIR)/man1/bonafide.1 $(DESTDIR)$(MANDIR)/man1/bonafide-*.1 \
	    $(DESTDIR)$(BASHDIR)/bonafide $(DESTDIR)$(ZSHDIR)/_bonafide $(DESTDIR)$(FISHDIR)/bonafide.fish
	rm -rf $(HEADERDIR) $(CMAKEDIR) $(DESTDIR)$(DOCDIR) $(DESTDIR)$(PYTHONDIR)/bonafide
	@rmdir $(DESTDIR)$(LIBDIR)/cmake $(PCDIR) $(DESTDIR)$(LIBDIR) $(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(BINDIR) \
	    $(DESTDIR)$(PYTHONDIR) 2>/dev/null || true
