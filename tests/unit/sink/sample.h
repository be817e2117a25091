/* A detection with everything in it, and the producer that tells it. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "sink/sink.h"

/* 2026-01-31T20:45:01.123456Z */
#define SAMPLE_TIME ((int64_t)1769892301123456)

static inline struct producer sample_producer(void)
{
    return (struct producer){.sensor = "mirror-1",
                             .epoch = "00112233445566778899aabbccddeeff",
                             .version = "0.1.0",
                             .rules_digest = "abcdef"};
}

static inline void sample_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text);
}

static inline void sample_add_evidence(struct detection *detection, uint32_t sid, uint8_t weight,
                                       enum evidence_kind kind, const char *reason)
{
    struct detection_evidence *item = &detection->evidence[detection->evidence_count++];
    *item = (struct detection_evidence){.sid = sid,
                                        .rev = 1,
                                        .kind = kind,
                                        .weight = weight,
                                        .count = 3,
                                        .first_us = SAMPLE_TIME - 5 * TIME_SECOND,
                                        .last_us = SAMPLE_TIME};
    sample_text(item->msg, sizeof item->msg, "Xtream player API login answered");
    sample_text(item->reason, sizeof item->reason, reason);
    sample_text(item->field, sizeof item->field, "http.uri");
    sample_text(item->value, sizeof item->value, "/player_api.php?username=*&password=*");
}

static inline struct detection *sample_detection(void)
{
    struct detection *detection = calloc(1, sizeof *detection);
    if (detection == NULL) {
        abort();
    }
    detection->time_us = SAMPLE_TIME;
    detection->seq = 41;
    detection->state = STATE_NEW;
    detection->cause = CAUSE_EVIDENCE;
    detection->level = LEVEL_CONFIRMED;
    detection->score = 97;
    detection->family = FAMILY_XTREAM;
    (void)!address_parse("203.0.113.10", &detection->service.address);
    detection->service.port = 8080;
    detection->service.transport = TRANSPORT_TCP;
    sample_text(detection->service.name, sizeof detection->service.name, "panel.example");
    service_id(&detection->service, detection->id);
    detection->host_from = "http.host";
    detection->host_verified = true;
    detection->roles = 1 << ROLE_PANEL | 1 << ROLE_STREAM;
    detection->directions = DIRECTION_TO_SERVER | DIRECTION_TO_CLIENT;
    sample_text(detection->make, sizeof detection->make, "XUI.one");
    sample_add_evidence(detection, 2100010, 80, EVIDENCE_PROOF, "login-answered");
    detection->evidence[0].content = true;
    detection->has_catalogue = true;
    detection->catalogue = (struct catalogue){.live = 6000, .movies = 150000, .groups = 120};
    detection->related[0] = (struct detection_related){.server = {.port = 80, .relation = RELATION_REDIRECT}};
    sample_text(detection->related[0].server.host, HOST_NAME_SIZE, "lb1.example");
    sample_text(detection->related[0].address, ADDRESS_TEXT_SIZE, "203.0.113.20");
    detection->related[1] =
        (struct detection_related){.server = {.port = 8000, .relation = RELATION_PLAYLIST}};
    sample_text(detection->related[1].server.host, HOST_NAME_SIZE, "203.0.113.21");
    detection->related_count = 2;
    detection->clients = 3;
    detection->claimants = 2;
    detection->flows = 12;
    detection->bytes = 88123456;
    detection->first_us = SAMPLE_TIME - 60 * TIME_SECOND;
    detection->last_us = SAMPLE_TIME;
    detection->answered = true;
    detection->block.basis = BASIS_CONTENT;
    detection->block.scope = SCOPE_NONE;
    detection->block.reason = REASON_FEW_CLIENTS;
    detection->block.duration = 24 * 3600 * TIME_SECOND;
    sample_text(detection->client_key, sizeof detection->client_key, "0123456789abcdef");
    detection->new_clients[0] = 0x1122334455667788;
    detection->new_clients_count = 1;
    detection->expire = 7 * 24 * 3600 * TIME_SECOND;
    return detection;
}
