/*
 * Signs: what parsers of protocols other than HTTP say of a flow, as words for rules (app.sign).
 *
 * A sign rests on the client's bytes alone, or on the server's too: what a rule that asks for it may call
 * itself follows from that (a claim, or proof). Each is told once a flow, or once for each stream that was
 * asked for in it.
 */
#pragma once

#include <stdint.h>

#include "base/slice.h"

enum sign_basis {
    SIGN_OF_CLIENT, /* the client's bytes alone */
    SIGN_OF_SERVER, /* the server's, alone or together with the client's */
};

#define APP_SIGNS(X)                                                                                         \
    X(SIGN_CCCAM_ANSWER, "cccam-answer", SIGN_OF_SERVER,                                                     \
      "CCcam: the client's first 20 bytes are those that follow from the server's first 16")                 \
    X(SIGN_CCCAM_ACCEPTED, "cccam-accepted", SIGN_OF_SERVER,                                                 \
      "CCcam: and the server acknowledged user and password")                                                \
    X(SIGN_CCCAM_CADENCE, "cccam-cadence", SIGN_OF_SERVER,                                                   \
      "CCcam: and answers with control words, one each crypto-period")                                       \
    X(SIGN_NEWCAMD_LOGIN, "newcamd-login", SIGN_OF_SERVER,                                                   \
      "newcamd: a server's 14 bytes, then frames of login and card in their order and of their sizes")       \
    X(SIGN_NEWCAMD_CADENCE, "newcamd-cadence", SIGN_OF_SERVER,                                               \
      "newcamd: and answers of a control word's size, one each crypto-period")                               \
    X(SIGN_CAMD35_CADENCE, "camd35-cadence", SIGN_OF_SERVER,                                                 \
      "camd35 or cs378x: messages with one prefix in both directions, requests of an ECM's and answers of "  \
      "a control word's size, one each crypto-period")                                                       \
    X(SIGN_RTMP_PLAY, "rtmp-play", SIGN_OF_CLIENT, "RTMP: a stream was asked for, and no answer was seen")   \
    X(SIGN_RTMP_ACCEPTED, "rtmp-accepted", SIGN_OF_SERVER,                                                   \
      "RTMP: a stream was asked for and the server plays it; one that is published is no sign")              \
    X(SIGN_RTSP_PLAY, "rtsp-play", SIGN_OF_CLIENT, "RTSP: a stream was asked for, and no answer was seen")   \
    X(SIGN_RTSP_ACCEPTED, "rtsp-accepted", SIGN_OF_SERVER,                                                   \
      "RTSP: a stream was asked for and the server plays it")                                                \
    X(SIGN_RTSP_MPEGTS, "rtsp-mpegts", SIGN_OF_SERVER,                                                       \
      "RTSP: with rtsp-accepted, where the server says that it is an MPEG transport stream")

#define SIGN_ENUM_ENTRY(id, name, basis, help) id,
enum sign { APP_SIGNS(SIGN_ENUM_ENTRY) SIGN_COUNT }; /* used as bits: 1 << sign */

/* Of an APP_SIGN event; valid during the call. */
struct app_sign {
    uint64_t signs; /* bits of enum sign that were found now */
    /* What was asked for, as sent; empty with signs of other protocols. */
    struct slice rtmp_url; /* tcUrl, a slash and the stream's name */
    struct slice rtsp_url;
};

const char *sign_name(enum sign sign);
const char *sign_help(enum sign sign);
enum sign_basis sign_basis(enum sign sign);
