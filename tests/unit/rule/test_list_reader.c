/* Lists as files have them: each format's entries and mistakes, with bytes in parts of any size. */
#include "helper.h"

#include "rule/list_reader.h"

enum { TEXT_MAX = 1 << 16 };

struct told {
    char text[TEXT_MAX];
    size_t len;
};

static void append(struct told *told, const char *format, ...) PRINTF_LIKE(2, 3);

static void append(struct told *told, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(told->text + told->len, TEXT_MAX - told->len, format, arguments);
    va_end(arguments);
    assert_in_range(len, 0, TEXT_MAX - told->len - 1);
    told->len += (size_t)len;
}

/* One line an entry: its text, and in brackets what else it says. */
static void take_entry(void *context, const struct watch_entry *entry)
{
    char text[WATCH_TEXT_SIZE];
    append(context, "%s", watch_entry_print(entry, text));
    if (entry->state != WATCH_ACTIVE) {
        append(context, " [%s]", watch_state_name(entry->state));
    }
    if (entry->until != 0) {
        append(context, " [until %lld]", (long long)entry->until);
    }
    if (entry->note.len > 0) {
        append(context, " [%.*s]", (int)entry->note.len, (const char *)entry->note.data);
    }
    if (entry->source.len > 0) {
        append(context, " [from %.*s]", (int)entry->source.len, (const char *)entry->source.data);
    }
    append(context, "\n");
}

static void take_mistake(void *context, unsigned line, unsigned column, const char *text)
{
    append(context, "%u:%u: %.20s\n", line, column, text);
}

static void read_parts(struct told *told, enum watch_format format, enum list_use use, struct slice text,
                       size_t part)
{
    const struct list_receiver receiver = {.entry = take_entry, .mistake = take_mistake, .context = told};
    told->len = 0;
    told->text[0] = '\0';
    struct list_reader *reader = list_reader_create(format, use, WATCH_SUFFIXES_NONE, &receiver);
    while (text.len > 0) {
        void *copy = malloc(part < text.len ? part : text.len);
        assert_non_null(copy);
        struct slice bytes = slice_part(text, 0, part);
        memcpy(copy, bytes.data, bytes.len);
        list_reader_feed(reader, slice_make(copy, bytes.len));
        free(copy);
        text = slice_from(text, part);
    }
    list_reader_finish(reader);
}

static void assert_told(enum watch_format format, enum list_use use, const char *text, const char *expected)
{
    static struct told told;
    for (size_t part = 1; part < strlen(text) + 2; part += part < 8 ? 1 : part) {
        read_parts(&told, format, use, slice_text(text), part);
        assert_string_equal(told.text, expected);
    }
}

static void assert_read(enum watch_format format, const char *text, const char *expected)
{
    assert_told(format, LIST_USE_ANY, text, expected);
}

static void test_lines(void **state)
{
    (void)state;
    assert_read(
        WATCH_FORMAT_LINES,
        "\xef\xbb\xbf# head\r\n\n  a.example  # why\n.b.example\r\nno name\n192.0.2.0/24#\n"
        "e7eca2baf4458d095b7f45da28c16c34\nt13d1516h2_8daaf6152771_b186095e22b6\n2001:DB8::1\nlast.example",
        "a.example [why]\n.b.example\n5:1: this is no name; exp\n192.0.2.0/24\n"
        "e7eca2baf4458d095b7f45da28c16c34\nt13d1516h2_8daaf6152771_b186095e22b6\n2001:db8::1\n"
        "last.example\n");
    assert_read(WATCH_FORMAT_LINES,
                "\xef\xbb\xbf"
                "a.example",
                "a.example\n");
    assert_read(WATCH_FORMAT_LINES, "", "");
    assert_read(WATCH_FORMAT_LINES, "*.A.example # below\n*.\n*.*.a.example\n*.192.0.2.1\n*.co.uk\n",
                "*.a.example [below]\n2:1: this is no name; exp\n3:1: this is no name; exp\n"
                "4:1: an address has no su\n5:1: this is a public suf\n");
    assert_read(WATCH_FORMAT_LINES, " \t.co.uk\n  localhost\n",
                "1:3: this is a public suf\n2:3: a single label is no\n");
    assert_read(WATCH_FORMAT_LINES,
                "a.example\n\xef\xbb\xbf"
                "b.example",
                "a.example\nb.example\n");
}

static void test_uses(void **state)
{
    (void)state;
    assert_told(WATCH_FORMAT_LINES, LIST_USE_ADDRESSES, "192.0.2.1\nname.example\n192.0.2.1/24\n",
                "192.0.2.1\n2:1: this is no address a\n3:1: this is no address a\n");
    assert_told(WATCH_FORMAT_LINES, LIST_USE_DIGESTS, "e7eca2baf4458d095b7f45da28c16c34\nname.example\n",
                "e7eca2baf4458d095b7f45da28c16c34\n2:1: this is no digest; e\n");
}

static void test_long_lines(void **state)
{
    (void)state;
    enum { LONGEST = 1 << 14 };
    static char text[LONGEST + 32];
    static struct told told;
    memset(text, ' ', sizeof text);
    memcpy(text, "a.example", 9);
    for (int extra = 0; extra <= 1; extra++) {
        text[LONGEST] = ' ';
        text[LONGEST + extra] = '\n';
        memcpy(text + LONGEST + extra + 1, "b.example", 9);
        for (size_t part = 1000; part < sizeof text; part += 15400) {
            read_parts(&told, WATCH_FORMAT_LINES, LIST_USE_ANY,
                       slice_make(text, (size_t)(LONGEST + extra + 10)), part);
            assert_string_equal(told.text, extra == 0 ? "a.example\nb.example\n"
                                                      : "1:1: this line is longer \nb.example\n");
        }
    }
}

static void test_tables(void **state)
{
    (void)state;
    assert_read(WATCH_FORMAT_CSV,
                "# feed\nName, IP ,note,source,State,until,other\n"
                "a.example,192.0.2.7,\"say \"\"why\"\", and how\",order 7,seized,1000,x\n"
                "\".b.example\",,,,,2026-01-31,\r\n"
                "c.example,,,,,2026-01-31T20:45:01+01:00\n"
                "d.example\n",
                "a.example [seized] [until 1000] [say \"why\", and how] [from order 7]\n"
                "192.0.2.7 [seized] [until 1000] [say \"why\", and how] [from order 7]\n"
                ".b.example [until 1769817600]\nc.example [until 1769888701]\nd.example\n");
    assert_read(WATCH_FORMAT_CSV, "hash;ja4\nE7ECA2BAF4458D095B7F45DA28C16C34;t13_a\n",
                "e7eca2baf4458d095b7f45da28c16c34\nt13_a\n");
    assert_read(
        WATCH_FORMAT_CSV,
        "domain,state,until\na.example,gone,\nb.example,,soon\n,active,\n\"c.example\n\"d.example\"x,,\n"
        "e.example,\"\",\"\"\n  .co.uk , , \nf.example,,0\n",
        "2:11: expected active, sei\n3:12: expected seconds sin\n4:1: this row has no name\n"
        "5:1: this quote has no ot\n6:12: expected a separator\ne.example\n8:3: this is a public suf\n"
        "f.example\n");
    assert_read(WATCH_FORMAT_CSV, "who,what\na.example,b.example\n", "1:1: expected a head line\n");
    assert_read(WATCH_FORMAT_CSV,
                "host,until\na.example,2026-13-01\nb.example,2026-01-31T\nc.example,-1\n"
                "d.example,99999999999999999999\n",
                "2:11: expected seconds sin\n3:11: expected seconds sin\n4:11: expected seconds sin\n"
                "5:11: expected seconds sin\n");
}

static void test_many_columns(void **state)
{
    (void)state;
    char text[400] = "";
    for (int i = 0; i < 63; i++) { /* the last column that is read */
        strcat(text, "x,");
    }
    size_t head = strlen(text);
    strcpy(text + head, "name\n");
    memset(text + head + 5, ',', 63);
    strcpy(text + head + 5 + 63, "a.example,b.example\n");
    assert_read(WATCH_FORMAT_CSV, text, "a.example\n");
}

static void test_zones(void **state)
{
    (void)state;
    assert_read(WATCH_FORMAT_RPZ,
                "$TTL 2h ; two hours\n$ORIGIN rpz.example.\n"
                "@ IN SOA ns.example. host.example. ( 1 12h\n  15m 3w 2h ) ; )\n"
                "  IN NS ns.example.\n"
                "A.example CNAME .\n*.a.example 300 IN CNAME .\n"
                "b.example.rpz.example. CNAME *.\n"
                "good.a.example CNAME rpz-passthru.\n"
                "self.example CNAME self.example.\n"
                "drop.example IN 60 CNAME rpz-drop.\n"
                "own.example A 192.0.2.9\n      AAAA 2001:db8::1\n      TXT \"a ; b ( c\"\n"
                "sig.example RRSIG A 8 2 300 x\n"
                "24.0.2.0.192.rpz-ip CNAME .\n128.1.zz.db8.2001.rpz-ip CNAME rpz-drop.\n"
                "48.zz.1.db8.2001.rpz-ip CNAME .\n32.1.0.0.127.rpz-client-ip CNAME rpz-drop.\n"
                "ns.evil.example.rpz-nsdname CNAME .\n32.1.0.0.10.rpz-nsip CNAME .\n",
                "a.example\n*.a.example\nb.example\ngood.a.example [official]\nself.example [official]\n"
                "drop.example\nown.example\nown.example\nown.example\n192.0.2.0/24\n2001:db8::1\n"
                "2001:db8:1::/48\n");
}

static void test_mistakes_of_zones(void **state)
{
    (void)state;
    assert_read(WATCH_FORMAT_RPZ, "*.co.uk CNAME .\n* CNAME .\ncom CNAME .\n",
                "1:1: this is a public suf\n2:1: this is no name; exp\n3:1: a single label is no\n");
    assert_read(WATCH_FORMAT_RPZ,
                "zone.example. SOA a. b. 1 2 3 4 5\nelse.where. CNAME .\nzone.example. CNAME .\n"
                "xzone.example. CNAME .\na.example.zone.example. CNAME .\n",
                "2:1: this name lies outsi\n4:1: this name lies outsi\na.example\n");
    assert_read(WATCH_FORMAT_RPZ, "a.example CNAME\na.example\n CNAME .\n",
                "1:1: expected NAME CNAME \n"
                "2:1: expected NAME CNAME \na.example\n");
    assert_read(WATCH_FORMAT_RPZ, " CNAME .\n$INCLUDE other\n$ORIGIN\na.example (\nCNAME .\n",
                "1:2: expected a name of a\n2:1: expected $ORIGIN or \n3:1: expected a name behi\n"
                "4:1: this parenthesis has\n");
    assert_read(WATCH_FORMAT_RPZ,
                "33.0.2.0.192.rpz-ip CNAME .\n24.1.2.0.192.rpz-ip CNAME .\n24.rpz-ip CNAME .\n"
                "1.2.3.4.5.6.7.8.9.10.11.rpz-ip CNAME .\n1234.0.2.0.192.rpz-ip CNAME .\n",
                "1:1: this is no prefix; e\n2:1: this is no prefix; e\n3:1: expected BITS and th\n"
                "4:1: expected BITS and th\n5:1: expected BITS and th\n");
}

static void test_hosts(void **state)
{
    (void)state;
    assert_read(WATCH_FORMAT_HOSTS,
                "# hosts\n127.0.0.1 localhost localhost.localdomain\n::1 ip6-localhost\n"
                "255.255.255.255 broadcasthost\nfe80::1%lo0 localhost\n0.0.0.0 0.0.0.0\n"
                "0.0.0.0\ta.example b.example # both\r\n127.5.0.1 c.example\n:: d.example\n"
                "192.0.2.7 mine.example\n0.0.0.0\n0.0.0.0 .co.uk x..y\n",
                "a.example [both]\nb.example [both]\nc.example\nd.example\n11:1: expected an address \n"
                "12:9: this is a public suf\n12:16: this is no name; exp\n");
}

static void test_strings(void **state)
{
    (void)state;
    assert_told(
        WATCH_FORMAT_STRINGS, LIST_USE_STRINGS,
        "# base64\nVGVzdA==\n  YWI=  \nYWJj\r\nYWJ\nYW=j\nYW-j\n=\n====\n",
        "Test\nab\nabc\n5:1: expected base64 of 1\n6:1: expected base64 of 1\n7:1: expected base64 of 1\n"
        "8:1: expected base64 of 1\n9:1: expected base64 of 1\n");
    char text[400];
    memset(text, 'Y', sizeof text);
    strcpy(text + 340, "\n");
    static struct told told;
    read_parts(&told, WATCH_FORMAT_STRINGS, LIST_USE_STRINGS, slice_text(text), 400);
    assert_int_equal(told.len, 256); /* 255 bytes and the newline */
    strcpy(text + 340, "YQ==\n");
    assert_told(WATCH_FORMAT_STRINGS, LIST_USE_STRINGS, text, "1:1: expected base64 of 1\n");
}

static void test_guesses(void **state)
{
    (void)state;
    assert_read(WATCH_FORMAT_ANY, "\n# comment, with comma\na.example # x, y\n", "a.example [x, y]\n");
    assert_read(WATCH_FORMAT_ANY, "192.0.2.7 # one\n", "192.0.2.7 [one]\n");
    assert_read(WATCH_FORMAT_ANY, "# hosts\n0.0.0.0 a.example\n", "a.example\n");
    assert_read(WATCH_FORMAT_ANY, "name,note\na.example,why\n", "a.example [why]\n");
    assert_read(WATCH_FORMAT_ANY, "$TTL 60\na.example CNAME .\n", "a.example\n");
    assert_read(WATCH_FORMAT_ANY, "; zone\na.example CNAME .\n", "a.example\n");
    assert_read(WATCH_FORMAT_ANY, "@ SOA a. b. 1 2 3 4 5\na.example CNAME .\n", "a.example\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_uses),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_many_columns),
        cmocka_unit_test(test_zones),
        cmocka_unit_test(test_mistakes_of_zones),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_guesses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
