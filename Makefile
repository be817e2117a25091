# vigie: `make` builds build/vigied and build/vigiectl; CONTRIBUTING.md tells the rest.
#
# Objects lie under $(BUILD), one archive a stage; a unit test in tests/unit/<stage>/ links its stage and
# the stages below it, never those above: what does not link has an include that points up.

BUILD ?= build
CC ?= cc
SANITIZE ?=
WERROR ?=

VERSION := $(shell cat VERSION)
STAGES := base capture decode flow app rule verdict control sink
PACKAGES := libpcap libndpi libevent hiredis libhs zlib yaml-0.1 libpsl libidn2 libgcrypt jansson
ifeq ($(shell pkg-config --exists libsystemd 2>/dev/null && echo yes),yes)
PACKAGES += libsystemd
FEATURES += -DHAVE_LIBSYSTEMD
endif
ifeq ($(shell pkg-config --exists libbpf 2>/dev/null && echo yes),yes)
PACKAGES += libbpf
FEATURES += -DHAVE_LIBBPF
endif

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wundef
ifneq ($(WERROR)$(CI),)
WARNINGS += -Werror
endif
OPTIMISE ?= -O2 -g
# What is shipped is optimised as a whole; tests link with the machine code that objects hold besides.
LTO ?= -flto=auto -ffat-lto-objects
HARDEN ?= -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
ifneq ($(SANITIZE),)
OPTIMISE := -O1 -g -fno-omit-frame-pointer
HARDEN := -fPIE -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
LTO :=
endif
# -isystem: nDPI's and libbpf's headers are not clean under our warnings.
PACKAGE_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PACKAGES) 2>/dev/null))
PACKAGE_LIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DVIGIE_VERSION='"$(VERSION)"' $(FEATURES) -Iinclude -I. \
             $(WARNINGS) $(OPTIMISE) $(LTO) $(HARDEN) $(PACKAGE_CFLAGS) -pthread $(CFLAGS)
ALL_LDFLAGS = -pthread -pie -Wl,-z,relro,-z,now $(HARDEN) $(LDFLAGS)
WHOLE_PROGRAM = $(if $(LTO),$(OPTIMISE) $(LTO),-fno-lto)

# A stage's objects from its folder's sources.
objects_of = $(patsubst %.c,$(BUILD)/%.o,$(wildcard daemon/$(1)/*.c))
archive_of = $(BUILD)/lib$(1).a
# The archives that code of a stage may use: its own first, then those below it, topmost first.
reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
up_to = $(call reverse,$(wordlist 1,$(call next,$(words $(shell echo " $(STAGES) " | sed 's/ $(1) .*//'))),$(STAGES)))
next = $(shell expr $(1) + 1)
ARCHIVES := $(foreach stage,$(STAGES),$(call archive_of,$(stage)))
ARCHIVES_TOP_FIRST := $(call reverse,$(ARCHIVES))

.PHONY: all
all: $(BUILD)/vigied $(BUILD)/vigiectl

VIGIED_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard daemon/*.c))
PIPELINE_OBJECTS := $(filter-out $(BUILD)/daemon/vigied.o,$(VIGIED_OBJECTS))
$(BUILD)/vigied: $(VIGIED_OBJECTS) $(ARCHIVES)
	@echo "LINK $@"
	@$(CC) $(ALL_LDFLAGS) $(WHOLE_PROGRAM) -o $@ $(VIGIED_OBJECTS) -Wl,--start-group $(ARCHIVES_TOP_FIRST) -Wl,--end-group $(PACKAGE_LIBS)

# vigiectl reads the daemon's configuration, so it knows all of its options.
CTL_OBJECTS := $(call objects_of,ctl) $(BUILD)/daemon/settings.o
$(BUILD)/vigiectl: $(CTL_OBJECTS) $(ARCHIVES)
	@echo "LINK $@"
	@$(CC) $(ALL_LDFLAGS) -fno-lto -o $@ $(CTL_OBJECTS) -Wl,--start-group $(ARCHIVES_TOP_FIRST) -Wl,--end-group $(PACKAGE_LIBS)

define stage_rules
$(call archive_of,$(1)): $(call objects_of,$(1))
	@rm -f $$@ && $(AR) rcs $$@ $$^
UNIT_TESTS_$(1) := $$(patsubst tests/unit/%.c,$(BUILD)/unit/%,$$(wildcard tests/unit/$(1)/test_*.c))
$$(UNIT_TESTS_$(1)): $(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(foreach s,$(call up_to,$(1)),$(call archive_of,$(s)))
	@mkdir -p $$(@D) && echo "LINK $$@"
	@$(CC) $(ALL_LDFLAGS) -fno-lto -o $$@ $$^ $(PACKAGE_LIBS) -lcmocka
.PHONY: unit-$(1)
unit-$(1): $$(UNIT_TESTS_$(1))
	@for test in $$^; do $$$$test || exit 1; done
endef
$(foreach stage,$(STAGES),$(eval $(call stage_rules,$(stage))))
# The Redis sink against a real server.
REDIS_TESTS := $(patsubst tests/redis/%.c,$(BUILD)/redis/%,$(wildcard tests/redis/test_*.c))
$(REDIS_TESTS): $(BUILD)/redis/%: $(BUILD)/tests/redis/%.o $(foreach s,$(call up_to,sink),$(call archive_of,$(s)))
	@mkdir -p $(@D) && echo "LINK $@"
	@$(CC) $(ALL_LDFLAGS) -fno-lto -o $@ $^ $(PACKAGE_LIBS) -lcmocka

# What stands above the stages (daemon/*.c) is tested as one.
UNIT_TESTS_top := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/top/test_*.c))
$(UNIT_TESTS_top): $(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(PIPELINE_OBJECTS) $(ARCHIVES)
	@mkdir -p $(@D) && echo "LINK $@"
	@$(CC) $(ALL_LDFLAGS) -fno-lto -o $@ $< $(PIPELINE_OBJECTS) $(ARCHIVES_TOP_FIRST) $(PACKAGE_LIBS) -lcmocka
UNIT_TESTS := $(foreach stage,$(STAGES) top,$(UNIT_TESTS_$(stage)))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D) && echo "CC   $<"
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The version stands in objects: a new one rebuilds those that print it.
$(BUILD)/daemon/vigied.o: VERSION

# Fuzz targets: clang's libFuzzer with ASan and UBSan, everything compiled anew for it.
FUZZ_BUILD := $(BUILD)/fuzz
# The script is built into the object as it stands (.incbin), whose names the optimiser of whole programs cannot see.
$(BUILD)/daemon/sink/script.o: LTO :=
$(BUILD)/daemon/sink/script.o $(FUZZ_BUILD)/daemon/sink/script.o: $(wildcard daemon/sink/script/*.lua)
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_LIBRARY_SOURCES := $(foreach stage,$(STAGES),$(wildcard daemon/$(stage)/*.c))
FUZZ_OBJECTS := $(patsubst %.c,$(FUZZ_BUILD)/%.o,$(FUZZ_LIBRARY_SOURCES))
FUZZ_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DVIGIE_VERSION='"$(VERSION)"' $(FEATURES) -Iinclude -I. $(PACKAGE_CFLAGS) \
              -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_SECONDS ?= 10
FUZZ_LONG_SECONDS ?= 120
$(FUZZ_BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@clang $(FUZZ_CFLAGS) -MMD -MP -c -o $@ $<
$(FUZZ_BUILD)/libvigie.a: $(FUZZ_OBJECTS)
	@rm -f $@ && ar rcs $@ $^
$(FUZZ_BUILD)/fuzz_%: $(FUZZ_BUILD)/tests/fuzz/fuzz_%.o $(FUZZ_BUILD)/libvigie.a
	@echo "LINK $@"
	@clang -fsanitize=fuzzer,address,undefined -o $@ $^ $(PACKAGE_LIBS) -pthread
.PHONY: fuzz-build fuzz-smoke fuzz-long
fuzz-build: $(addprefix $(FUZZ_BUILD)/,$(FUZZ_TARGETS))
fuzz-smoke: fuzz-build
	@tests/fuzz.sh $(FUZZ_BUILD) $(FUZZ_SECONDS)
fuzz-long: fuzz-build
	@tests/fuzz.sh $(FUZZ_BUILD) $(FUZZ_LONG_SECONDS)

SOURCES := $(shell find daemon include tests -name '*.[ch]' 2>/dev/null)
.PHONY: format format-check lint
format:
	@clang-format -i $(SOURCES)
format-check:
	@clang-format --dry-run --Werror $(SOURCES)
# What a reviewer should not have to look for: direction of includes, sizes, banned functions, formatting.
LINTERS := tests/lint/layers.py tests/lint/sizes.py tests/lint/banned.py
lint: format-check
	@tests/run.py $(LINTERS)

# Everything that tests. `make test` sets the machine up first; `make check` expects it to be.
TEST_PROGRAMS = $(UNIT_TESTS) $(LINTERS) tests/lint/docs.sh:$(BUILD) tests/cases.py:$(BUILD) \
                $(REDIS_TESTS) tests/redis/test_script.py tests/redis/test_consumer.py \
                tests/redis/test_vigiectl.py:$(BUILD) tests/redis/test_list_command.py:$(BUILD) tests/schema/test_schema.py \
                $(foreach script,$(wildcard tests/system/test_*),$(script):$(BUILD))
.PHONY: test check asan ubsan tsan unit update-case
unit: $(UNIT_TESTS)
	@tests/run.py $(UNIT_TESTS)
check: all $(UNIT_TESTS) $(REDIS_TESTS)
	@tests/run.py $(TEST_PROGRAMS)
test:
	@tests/setup.sh
	@$(MAKE) --no-print-directory check
# The same tests under a sanitizer, in a build folder of its own.
asan:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan SANITIZE=address,undefined check
ubsan:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/ubsan SANITIZE=undefined check
tsan:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/tsan SANITIZE=thread check
# Golden outputs change only by this: make update-case CASE=name
update-case: all
	@tests/cases.py $(BUILD) --update $(CASE)

# Asks tshark the same of the same captures; CAPTURES names more of them.
.PHONY: oracle
oracle: all
	@tests/oracle/compare.py $(BUILD) tests/captures $(CAPTURES)

.PHONY: demo docs bench
demo:
	@tests/setup.sh
	@$(MAKE) --no-print-directory all
	@tests/demo/demo.sh $(BUILD)
docs: all
	@$(BUILD)/vigied --print-docs > CONFIG.md

PREFIX ?= /usr
SYSCONFDIR ?= /etc
UNITDIR ?= /lib/systemd/system
.PHONY: install uninstall dist clean
install: all
	install -D -m 755 $(BUILD)/vigied $(DESTDIR)$(PREFIX)/sbin/vigied
	install -D -m 755 $(BUILD)/vigiectl $(DESTDIR)$(PREFIX)/bin/vigiectl
	install -d $(DESTDIR)$(PREFIX)/share/vigie/datasets $(DESTDIR)$(SYSCONFDIR)/vigie/rules.d $(DESTDIR)$(SYSCONFDIR)/vigie/lists.d
	install -m 644 rules/*.rules rules/README.md $(DESTDIR)$(PREFIX)/share/vigie/
	install -m 644 rules/datasets/*.list rules/datasets/*.yaml $(DESTDIR)$(PREFIX)/share/vigie/datasets/
	install -D -m 644 CONFIG.md $(DESTDIR)$(PREFIX)/share/doc/vigie/CONFIG.md
	install -D -m 644 systemd/vigie.service $(DESTDIR)$(UNITDIR)/vigie.service
	install -D -m 644 systemd/vigied@.service $(DESTDIR)$(UNITDIR)/vigied@.service
	install -D -m 644 systemd/vigie.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/vigie.conf
	install -D -m 644 systemd/vigie.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/vigie.conf
	test -e $(DESTDIR)$(SYSCONFDIR)/vigie/vigie.yaml || install -D -m 640 systemd/vigie.yaml $(DESTDIR)$(SYSCONFDIR)/vigie/vigie.yaml
# The site's own files in /etc/vigie stay.
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/sbin/vigied $(DESTDIR)$(PREFIX)/bin/vigiectl
	rm -f $(DESTDIR)$(UNITDIR)/vigie.service $(DESTDIR)$(UNITDIR)/vigied@.service
	rm -f $(DESTDIR)$(PREFIX)/lib/sysusers.d/vigie.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/vigie.conf
	rm -rf $(DESTDIR)$(PREFIX)/share/vigie $(DESTDIR)$(PREFIX)/share/doc/vigie
dist:
	@mkdir -p $(BUILD)
	git archive --format=tar.gz --prefix=vigie-$(VERSION)/ -o $(BUILD)/vigie-$(VERSION).tar.gz HEAD
clean:
	rm -rf $(BUILD)

BENCH_PROGRAMS := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/bench_*.c)) $(BUILD)/bench/make_corpus
$(BENCH_PROGRAMS): $(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(ARCHIVES)
	@mkdir -p $(@D) && echo "LINK $@"
	@$(CC) $(ALL_LDFLAGS) $(WHOLE_PROGRAM) -Wl,--as-needed -o $@ $(filter %.o,$^) -Wl,--start-group $(ARCHIVES_TOP_FIRST) -Wl,--end-group $(PACKAGE_LIBS)
$(BUILD)/bench/make_corpus: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/bench/corpus_*.c))
$(BUILD)/bench/bench_stages $(BUILD)/bench/bench_flows: $(PIPELINE_OBJECTS)
$(BUILD)/bench/bench_ndpi $(BUILD)/bench/bench_stages: $(BUILD)/tests/bench/measure.o
BENCH_ARGUMENTS ?=
bench: all $(BENCH_PROGRAMS)
	@tests/bench/bench.py $(BUILD) $(BENCH_ARGUMENTS)

.PHONY: bench-live
bench-live: all $(BUILD)/bench/make_corpus
	@tests/bench/bench_live.py $(BUILD) $(BENCH_ARGUMENTS)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PRECIOUS: $(BUILD)/%.o $(FUZZ_BUILD)/%.o
