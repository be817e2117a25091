/*
 * Makes one of the benchmark's corpora; the same arguments give the same bytes.
 *
 * usage: make_corpus elephants|mixed|many|empty FILE [SCALE]
 *
 * At scale 1: elephants 33 flows of HLS and endless TS over HTTP, 841 MB; mixed 139,000 flows of many
 * protocols; many 1.2 million flows, two thirds HTTP of 8 packets and one third DNS, 21,000 new ones a
 * second. A few percent of the HTTP requests are those of panels, and are answered.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/bench/corpus_content.h"

enum { PANELS = 24, SITES = 5000, CLIENTS = 60000, PANEL_PERCENT = 3 };

/* Clients in 10.0.0.0/8, servers in 198.18.0.0/15 (RFC 2544). Ports go round so that no pair comes again
 * soon. */
static void set_ends(struct talk *talk, uint64_t index, struct dice *dice, uint32_t server, uint16_t port)
{
    talk->ends[CLIENT] = (struct place){.address = 0x0a000000 + (uint32_t)dice_roll(dice, CLIENTS),
                                        .port = (uint16_t)(1024 + index % 64000)};
    talk->ends[SERVER] = (struct place){.address = 0xc6120000 + server, .port = port};
}

static void set_panel(struct talk *talk, uint64_t index, struct dice *dice)
{
    talk->site = (unsigned)dice_roll(dice, PANELS);
    set_ends(talk, index, dice, 0x10000 + talk->site, talk->site % 2 == 0 ? 8080 : 80);
}

static void set_site(struct talk *talk, uint64_t index, struct dice *dice, uint16_t port)
{
    talk->site = (unsigned)dice_roll(dice, SITES);
    set_ends(talk, index, dice, talk->site, port);
}

static bool turn(struct talk *talk)
{
    return talk->turns > 0 && talk->turns-- > 0;
}

/* Gives a talk of `turns` rounds of one content; the functions differ in nothing else. */
#define TURNS_OF(name, call)                                                                                 \
    static void next_##name(struct talk *talk, struct dice *dice)                                            \
    {                                                                                                        \
        if (turn(talk)) {                                                                                    \
            call;                                                                                            \
        }                                                                                                    \
    }
TURNS_OF(short_page, content_short_page(talk, dice))
TURNS_OF(page, content_page(talk, dice))
TURNS_OF(panel, content_panel(talk, dice))
TURNS_OF(hls, content_hls(talk, dice, false))
TURNS_OF(panel_hls, content_hls(talk, dice, true))
TURNS_OF(endless, content_endless_ts(talk, dice, false))
TURNS_OF(panel_endless, content_endless_ts(talk, dice, true))
TURNS_OF(tls, content_tls(talk, dice))
TURNS_OF(dns, content_dns(talk, dice))
TURNS_OF(ssh, content_ssh(talk, dice))
TURNS_OF(noise, content_noise(talk, dice))

static void make_elephant(uint64_t index, struct talk *talk, struct dice *dice)
{
    bool panel = index % 3 == 0;
    if (panel) {
        set_panel(talk, index, dice);
    } else {
        set_site(talk, index, dice, 80);
    }
    talk->endless = true;
    talk->acked_after = 20;
    if (index == 0) {
        talk->next = next_panel;
        talk->turns = 10;
        talk->endless = false;
    } else if (index % 2 == 0) {
        talk->next = panel ? next_panel_endless : next_endless;
        talk->pace_us = 1440; /* 8 Mbit/s */
        talk->turns = 1;
    } else {
        talk->next = panel ? next_panel_hls : next_hls;
        talk->pace_us = 400;
        talk->turns = 1000000;
    }
}

static void make_http(uint64_t index, struct talk *talk, struct dice *dice)
{
    talk->turns = 1 + (unsigned)dice_roll(dice, 3);
    if (dice_roll(dice, 100) < PANEL_PERCENT) {
        set_panel(talk, index, dice);
        talk->next = next_panel;
    } else {
        set_site(talk, index, dice, 80);
        talk->next = next_page;
    }
}

static void make_mixed(uint64_t index, struct talk *talk, struct dice *dice)
{
    unsigned kind = (unsigned)dice_roll(dice, 100);
    talk->acked_after = 4;
    talk->ipv6 = dice_roll(dice, 10) == 0;
    if (kind < 35) {
        make_http(index, talk, dice);
    } else if (kind < 62) {
        set_site(talk, index, dice, 443);
        talk->next = next_tls;
        talk->turns = 1;
    } else if (kind < 86) {
        set_site(talk, index, dice, 53);
        talk->next = next_dns;
        talk->udp = true;
        talk->turns = 1;
    } else if (kind < 88) {
        set_site(talk, index, dice, 22);
        talk->next = next_ssh;
        talk->turns = 8;
    } else {
        set_site(talk, index, dice, (uint16_t)(20000 + dice_roll(dice, 20000)));
        talk->next = next_noise;
        talk->udp = kind < 96;
        talk->turns = 1 + (unsigned)dice_roll(dice, 6);
    }
    if (talk->udp) {
        talk->acked_after = 0;
    }
}

static void make_short(uint64_t index, struct talk *talk, struct dice *dice)
{
    talk->turns = 1;
    if (index % 20 >= 13) {
        set_site(talk, index, dice, 53);
        talk->next = next_dns;
        talk->udp = true;
    } else if (dice_roll(dice, 100) < PANEL_PERCENT) {
        set_panel(talk, index, dice);
        talk->next = next_panel;
    } else {
        set_site(talk, index, dice, 80);
        talk->next = next_short_page;
    }
}

/* The corpora at scale 1. */
static const struct {
    const char *name;
    struct corpus corpus;
    bool scaled_bytes; /* else the number of conversations */
} corpora[] = {
    {"elephants", {.count = 33, .gap_us = 20000, .bytes_max = 841000000, .make = make_elephant}, true},
    {"mixed", {.count = 139000, .gap_us = 500, .make = make_mixed}, false},
    {"many", {.count = 1200000, .gap_us = 47.6, .make = make_short}, false},
    {"empty", {.count = 0}, false},
};

int main(int count, char **arguments)
{
    double scale = count == 4 ? strtod(arguments[3], NULL) : 1;
    for (size_t i = 0; (count == 3 || count == 4) && scale > 0 && i < sizeof corpora / sizeof *corpora; i++) {
        if (strcmp(arguments[1], corpora[i].name) != 0) {
            continue;
        }
        struct corpus corpus = corpora[i].corpus;
        if (corpora[i].scaled_bytes) {
            corpus.bytes_max = (uint64_t)((double)corpus.bytes_max * scale);
        } else {
            corpus.count = (uint64_t)((double)corpus.count * scale);
        }
        corpus.seed = i + 1;
        struct wire wire;
        wire_open(&wire, arguments[2]);
        corpus_write(&corpus, &wire);
        wire_close(&wire);
        (void)printf("%s: %llu packets, %llu bytes, %llu conversations\n", corpora[i].name,
                     (unsigned long long)wire.packets, (unsigned long long)wire.bytes,
                     (unsigned long long)corpus.count);
        return 0;
    }
    (void)fprintf(stderr, "usage: make_corpus elephants|mixed|many|empty FILE [SCALE]\n");
    return 64;
}
