/* Why a resolver did not answer as it was asked to: extended errors in the option record (RFC 8914). */
#include "app/dns.h"
#include "base/attr.h"
#include "base/cur.h"

enum { TYPE_OPT = 41, OPTION_ERROR = 15, RECORD_BYTES = 10 /* of a record without its name and data */ };

/* Options of the record's data (RFC 6891, section 6.1.2). What a resolver adds in words is left out: it is
 * written for its client, and may name him. */
static void read_options(struct slice data, struct dns_message *message)
{
    struct cur cur = cur_make(data);
    while (cur.left > 0) {
        uint16_t option = cur_be16(&cur);
        struct slice value = cur_take(&cur, cur_be16(&cur));
        if (!cur_ok(&cur)) {
            return;
        }
        if (option == OPTION_ERROR && value.len >= sizeof(uint16_t) &&
            message->error_count < DNS_ERRORS_MAX) {
            message->errors[message->error_count++] =
                (uint16_t)((unsigned)value.data[0] << 8 | value.data[1]);
        }
    }
}

void dns_errors_read(struct slice bytes, size_t at, unsigned authorities, unsigned additional,
                     struct dns_message *message)
{
    unsigned records = authorities + additional;
    message->error_count = 0;
    if (additional == 0 || records > DNS_RECORDS_BESIDE_MAX) {
        return;
    }
    for (unsigned i = 0; i < records; i++) {
        struct dns_name owner;
        if (!dns_name_read(bytes, &at, &owner)) {
            return;
        }
        struct cur cur = cur_make(slice_from(bytes, at));
        uint16_t type = cur_be16(&cur);
        cur_skip(&cur, sizeof(uint16_t) + sizeof(uint32_t)); /* class, time to live */
        struct slice data = cur_take(&cur, cur_be16(&cur));
        if (!cur_ok(&cur)) {
            return;
        }
        at += RECORD_BYTES + data.len;
        if (type == TYPE_OPT && owner.len == 0 && i >= authorities) {
            read_options(data, message); /* a second one would be against the rules (RFC 6891, 6.1.1) */
            return;
        }
    }
}

bool dns_is_withheld(const struct dns_message *message)
{
    bool found = false;
    for (uint32_t i = 0; i < message->error_count; i++) {
        found =
            found || (message->errors[i] >= DNS_ERROR_BLOCKED && message->errors[i] <= DNS_ERROR_FILTERED);
    }
    return found;
}

const char *dns_error_name(unsigned code)
{
    static const char *const names[] = {
        "Other Error",
        "Unsupported DNSKEY Algorithm",
        "Unsupported DS Digest Type",
        "Stale Answer",
        [DNS_ERROR_FORGED] = "Forged Answer",
        "DNSSEC Indeterminate",
        "DNSSEC Bogus",
        "Signature Expired",
        "Signature Not Yet Valid",
        "DNSKEY Missing",
        "RRSIGs Missing",
        "No Zone Key Bit Set",
        "NSEC Missing",
        "Cached Error",
        "Not Ready",
        [DNS_ERROR_BLOCKED] = "Blocked",
        [DNS_ERROR_CENSORED] = "Censored",
        [DNS_ERROR_FILTERED] = "Filtered",
        "Prohibited",
        "Stale NXDOMAIN Answer",
        "Not Authoritative",
        "Not Supported",
        "No Reachable Authority",
        "Network Error",
        "Invalid Data",
    };
    return code < ARRAY_COUNT(names) ? names[code] : NULL;
}
