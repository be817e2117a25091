/* The guards' lists: the shipped ones load and say what they should, a missing one is an error. */
#include "guards.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char *shipped_folder(void)
{
    const char *source = getenv("VIGIE_SOURCE");
    char *path = NULL;
    assert_true(asprintf(&path, "%s/rules/datasets", source == NULL ? "." : source) > 0);
    return path;
}

static bool is_shared(const struct guards *guards, const char *text)
{
    struct address address;
    assert_true(address_parse(text, &address));
    return watch_list_find_address(guards->shared, &address, 0, NULL);
}

static bool has(const struct watch_list *list, const char *name)
{
    return watch_list_find_host(list, slice_text(name), 0, NULL);
}

static bool load(struct guards *guards, const struct text_list *folders, struct diagnostics *diagnostics)
{
    const struct list_settings settings = {.folders = folders, .max_entries = 100000, .max_shrink = 50};
    struct list_store *store = list_store_create(NULL);
    list_store_begin(store, &settings, diagnostics);
    guards_load(guards, store, diagnostics);
    bool good = diagnostics->count == 0;
    list_store_end(store, good);
    list_store_free(store);
    return good;
}

/* Nobody's whole continent by a slip. */
static void check_length(void *context, const struct watch_entry *entry)
{
    (void)context;
    assert_int_equal(entry->kind, WATCH_PREFIX);
    assert_true(entry->prefix.bits >= (address_is_v4(&entry->prefix.address) ? 106 : 24));
}

static void shipped_lists_load(void **state)
{
    (void)state;
    static const char *const shared[] = {
        "104.16.0.0",     "104.27.255.255",  "188.114.96.5",      "2606:4700::6810:1", /* Cloudflare */
        "151.101.1.140",  "2a04:4e42::1",                                              /* Fastly */
        "13.224.0.10",    "3.175.255.255",   "2600:9000:2000::1",                      /* CloudFront */
        "23.32.0.1",      "104.127.255.255", "2a02:26f0::1",                           /* Akamai */
        "142.250.1.1",    "34.102.128.0",    "2a00:1450::1",                           /* Google */
        "13.107.246.255", "2620:1ec:bdf::1",                                           /* Front Door */
        "45.60.0.1",      "192.88.134.0",    "185.199.111.153",   "2606:50c0:8003::153",
    };
    static const char *const single[] = {"104.15.255.255", "104.28.0.0", "151.100.255.255", "13.107.247.0",
                                         "203.0.113.10",   "1.2.3.4",    "2606:4701::1",    "2001:db8::1"};
    char *folder = shipped_folder();
    struct text_list folders = {0};
    text_list_add(&folders, "/nonexistent");
    text_list_add(&folders, folder);
    struct guards guards;
    struct diagnostics diagnostics = {0};
    bool good = load(&guards, &folders, &diagnostics);
    diagnostics_print(&diagnostics, stderr);
    assert_true(good);
    for (size_t i = 0; i < ARRAY_COUNT(shared); i++) {
        if (!is_shared(&guards, shared[i])) {
            fail_msg("%s is in no shared prefix", shared[i]);
        }
    }
    for (size_t i = 0; i < ARRAY_COUNT(single); i++) {
        if (is_shared(&guards, single[i])) {
            fail_msg("%s is in a shared prefix", single[i]);
        }
    }
    assert_true(watch_list_count(guards.shared) > 400);
    watch_list_each(guards.shared, check_length, NULL);
    struct prefix_list home = {0};
    struct verdict_guards view = guards_view(&guards, &home);
    assert_ptr_equal(view.shared, guards.shared);
    assert_ptr_equal(view.home, &home);
    assert_true(has(view.official, "www.dazn.com"));
    assert_true(has(view.paste_hosts, "raw.githubusercontent.com"));
    assert_true(has(view.platforms, "d111.cloudfront.net"));
    assert_null(view.allow);
    guards_free(&guards);
    diagnostics_free(&diagnostics);
    text_list_free(&folders);
    free(folder);
}

/* ---- lists of a site's own */

static void write_list(const char *folder, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
}

static const char *const required[] = {"official.list", "paste-hosts.list", "platforms.list",
                                       "shared-prefixes.list"};
static const char *const names[] = {"official", "paste-hosts", "platforms", "shared-prefixes"};

static void remove_folder(const char *folder)
{
    char path[256];
    for (size_t i = 0; i < ARRAY_COUNT(required); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, required[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/allow.list", folder);
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
}

static void a_missing_list_is_an_error(void **state)
{
    (void)state;
    for (size_t missing = 0; missing < ARRAY_COUNT(required); missing++) {
        char folder[] = "/tmp/vigie-guards-XXXXXX";
        assert_non_null(mkdtemp(folder));
        for (size_t i = 0; i < ARRAY_COUNT(required); i++) {
            if (i != missing) {
                write_list(folder, required[i], ""); /* an empty one is the operator's will */
            }
        }
        struct text_list folders = {0};
        text_list_add(&folders, folder);
        struct guards guards;
        struct diagnostics diagnostics = {0};
        assert_false(load(&guards, &folders, &diagnostics));
        assert_int_equal(diagnostics.count, 1);
        assert_string_equal(diagnostics.items[0].file, names[missing]);
        guards_free(&guards);
        diagnostics_free(&diagnostics);
        text_list_free(&folders);
        remove_folder(folder);
    }
}

static void lines_are_read_and_mistakes_told(void **state)
{
    (void)state;
    char folder[] = "/tmp/vigie-guards-XXXXXX";
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i + 1 < ARRAY_COUNT(required); i++) {
        write_list(folder, required[i], "");
    }
    write_list(folder, "shared-prefixes.list",
               "# head\r\n\n198.51.100.0/25 # half\n  2001:db8::/33\r\n203.0.113.1/24\nname.example\n"
               "203.0.113.7");
    write_list(folder, "allow.list", "192.0.2.0/31\n.friend.example # and its sub-domains\n192.0.2.9\n");
    struct text_list folders = {0};
    text_list_add(&folders, folder);
    struct guards guards;
    struct diagnostics diagnostics = {0};
    assert_false(load(&guards, &folders, &diagnostics));
    assert_int_equal(diagnostics.count, 2);
    assert_int_equal(diagnostics.items[0].line, 5); /* host bits */
    assert_int_equal(diagnostics.items[1].line, 6);
    assert_int_equal(watch_list_count(guards.shared), 3);
    assert_true(is_shared(&guards, "198.51.100.127"));
    assert_false(is_shared(&guards, "198.51.100.128"));
    assert_true(is_shared(&guards, "2001:db8:7fff::1"));
    assert_false(is_shared(&guards, "2001:db8:8000::1"));
    assert_true(is_shared(&guards, "203.0.113.7"));
    assert_int_equal(watch_list_count(guards.allow), 3);
    assert_true(has(guards.allow, "192.0.2.1") && has(guards.allow, "192.0.2.9") &&
                !has(guards.allow, "192.0.2.2"));
    assert_true(has(guards.allow, "tv.friend.example"));
    guards_free(&guards);
    diagnostics_free(&diagnostics);
    text_list_free(&folders);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_lists_load),
        cmocka_unit_test(a_missing_list_is_an_error),
        cmocka_unit_test(lines_are_read_and_mistakes_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
