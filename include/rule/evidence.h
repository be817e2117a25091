/* The closed lists that rules write and detections show: families, roles, kinds of evidence. */
#pragma once

#include <stdint.h>

#include "base/slice.h"

#define FAMILIES(X)                                                                                          \
    X(FAMILY_XTREAM, "xtream")                                                                               \
    X(FAMILY_STALKER, "stalker")                                                                             \
    X(FAMILY_M3U, "m3u")                                                                                     \
    X(FAMILY_HLS_RESTREAM, "hls-restream")                                                                   \
    X(FAMILY_MPEGTS_HTTP, "mpegts-http")                                                                     \
    X(FAMILY_PORTAL, "portal")                                                                               \
    X(FAMILY_ENIGMA2, "enigma2")                                                                             \
    X(FAMILY_CARDSHARING, "cardsharing")                                                                     \
    X(FAMILY_P2P, "p2p")                                                                                     \
    X(FAMILY_TLS_PANEL, "tls-panel")

#define ROLES(X)                                                                                             \
    X(ROLE_PANEL, "panel")                                                                                   \
    X(ROLE_STREAM, "stream")                                                                                 \
    X(ROLE_PLAYLIST, "playlist")                                                                             \
    X(ROLE_EPG, "epg")                                                                                       \
    X(ROLE_PORTAL, "portal")                                                                                 \
    X(ROLE_ORIGIN, "origin")                                                                                 \
    X(ROLE_CARDSHARING, "cardsharing")

#define EVIDENCE_KINDS(X)                                                                                    \
    X(EVIDENCE_CLAIM, "claim")       /* the client's bytes alone */                                          \
    X(EVIDENCE_PROOF, "proof")       /* the server's answer, or request and answer together */               \
    X(EVIDENCE_ANSWERED, "answered") /* acknowledged bytes tell that an unseen answer was long */

/* What a rule with `notice` says of the name that was asked for. */
#define NOTICES(X)                                                                                           \
    X(NOTICE_NONE, "none")                                                                                   \
    X(NOTICE_SEIZED, "seized")   /* it leads to a notice of rights holders, a league, police or registrar */ \
    X(NOTICE_BLOCKED, "blocked") /* a regulator's or provider's own block page stands in its place */

#define EVIDENCE_ENTRY(id, name) id,
enum family { FAMILIES(EVIDENCE_ENTRY) FAMILY_COUNT };
enum role { ROLES(EVIDENCE_ENTRY) ROLE_COUNT }; /* used as bits: 1 << role */
enum evidence_kind { EVIDENCE_KINDS(EVIDENCE_ENTRY) EVIDENCE_KIND_COUNT };

enum notice { NOTICES(EVIDENCE_ENTRY) NOTICE_COUNT };

const char *family_name(enum family family);
const char *role_name(enum role role);
const char *evidence_kind_name(enum evidence_kind kind);
/* By name; the _COUNT where there is none. */
enum family family_by_name(struct slice name);
enum role role_by_name(struct slice name);
const char *notice_name(enum notice notice);
enum notice notice_by_name(struct slice name);
