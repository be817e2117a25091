/*
 * Lists as files have them: bytes in, entries and mistakes out. Pure: no file is touched, and bytes may come
 * in parts of any size. Every mistake is told with its line and column, and reading goes on behind it.
 *
 * Lines: one entry a line (see watch_entry_parse_host; `*.name` is a wildcard as DNS has it, of sub-domains
 * alone; 32 or 64 hexadecimal digits are a digest; JA4 prints stand as they are written). What stands behind
 * # is the entry's note.
 *
 * CSV: RFC 4180 with a head line. Columns, in any order and case: name, domain, host, ip, address, prefix,
 * hash, ja3, ja4, sha256, md5 (keys: each that is not empty is an entry), note, source, state, until (seconds
 * since 1970, or a date as RFC 3339 writes it: from then on it does not match). Other columns are left alone.
 * Separated by commas, or by semicolons where the head line has no comma; a quoted cell ends on its line.
 *
 * RPZ: a zone file (RFC 1035, section 5.1) with a response policy (draft-vixie-dnsop-dns-rpz-00). Names and
 * rpz-ip are taken; of clients, name servers and their addresses nothing is. What is passed through
 * (rpz-passthru, or the older CNAME to itself) has the state `official`: the policy says of it that nothing
 * shall happen, and the longest match wins there, too. All other actions (NXDOMAIN, NODATA, drop, TCP only,
 * data of one's own) name what is listed: `active`.
 *
 * Hosts: lines of hosts(5) that lead nowhere (0.0.0.0, ::, 127.0.0.0/8, ::1), each name an entry for itself.
 * Lines with other addresses are of the machine's own, as are names of one label.
 *
 * Strings: of Suricata's data sets of type string: base64 (RFC 4648) a line, decoded to a text.
 */
#pragma once

#include "rule/watch_list.h"

enum watch_format {
    WATCH_FORMAT_ANY, /* what the first line looks like */
    WATCH_FORMAT_LINES,
    WATCH_FORMAT_CSV,
    WATCH_FORMAT_RPZ,
    WATCH_FORMAT_HOSTS,
    WATCH_FORMAT_STRINGS,
    WATCH_FORMAT_COUNT,
};

/* What a list is for, and with it what may stand in it. */
enum list_use {
    LIST_USE_ANY,       /* names, addresses, prefixes, digests, JA4 */
    LIST_USE_ADDRESSES, /* addresses and prefixes alone */
    LIST_USE_DIGESTS,   /* digests alone */
    LIST_USE_STRINGS,   /* texts alone, as WATCH_FORMAT_STRINGS has them */
    LIST_USE_COUNT,
};

/* Both are called while bytes are fed; what they borrow is valid during the call. */
struct list_receiver {
    void (*entry)(void *context, const struct watch_entry *entry);
    /* `column` counts bytes from 1. */
    void (*mistake)(void *context, unsigned line, unsigned column, const char *text);
    void *context;
};

struct list_reader;

struct list_reader *list_reader_create(enum watch_format format, enum list_use use,
                                       enum watch_suffixes suffixes, const struct list_receiver *receiver);
void list_reader_feed(struct list_reader *reader, struct slice bytes);
/* The last line may have no end. Frees the reader. */
void list_reader_finish(struct list_reader *reader);
