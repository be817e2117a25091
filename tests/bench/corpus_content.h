/*
 * What the conversations of the corpora say: HTTP of ordinary sites, of Xtream and Stalker panels, of
 * streams; the first bytes of TLS, DNS, SSH, and bytes that are nothing.
 */
#pragma once

#include "tests/bench/corpus_talk.h"

/* One request and its answer of a few bytes each, nothing else: the shortest HTTP. */
void content_short_page(struct talk *talk, struct dice *dice);
/* A page, a script, a picture: with length, chunked or gzipped. */
void content_page(struct talk *talk, struct dice *dice);
/* A login, a list of channels, a playlist or a box's handshake at panel number `site`. */
void content_panel(struct talk *talk, struct dice *dice);
/* A media playlist, then its segments, over one connection. */
void content_hls(struct talk *talk, struct dice *dice, bool panel);
/* A live stream without end. */
void content_endless_ts(struct talk *talk, struct dice *dice, bool panel);
void content_tls(struct talk *talk, struct dice *dice);
void content_dns(struct talk *talk, struct dice *dice);
void content_ssh(struct talk *talk, struct dice *dice);
/* Random bytes to and fro. */
void content_noise(struct talk *talk, struct dice *dice);
