/* The names of the closed lists, and how a service is written and numbered. */
#include "verdict/detection.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"

#define DETECTION_NAME(id, name) [id] = name,
static const char *const level_names[LEVEL_COUNT] = {LEVELS(DETECTION_NAME)};
static const char *const state_names[STATE_COUNT] = {STATES(DETECTION_NAME)};
static const char *const cause_names[CAUSE_COUNT] = {CAUSES(DETECTION_NAME)};
static const char *const basis_names[BLOCK_BASIS_COUNT] = {BLOCK_BASES(DETECTION_NAME)};
static const char *const scope_names[BLOCK_SCOPE_COUNT] = {BLOCK_SCOPES(DETECTION_NAME)};
static const char *const reason_names[BLOCK_REASON_COUNT] = {BLOCK_REASONS(DETECTION_NAME)};
static const char *const transport_names[TRANSPORT_COUNT] = {
    [TRANSPORT_TCP] = "tcp",
    [TRANSPORT_UDP] = "udp",
    [TRANSPORT_OTHER] = "other",
};

const char *level_name(enum level level)
{
    return level_names[level];
}

const char *state_name(enum state state)
{
    return state_names[state];
}

const char *cause_name(enum cause cause)
{
    return cause_names[cause];
}

const char *block_basis_name(enum block_basis basis)
{
    return basis_names[basis];
}

const char *block_scope_name(enum block_scope scope)
{
    return scope_names[scope];
}

const char *block_reason_name(enum block_reason reason)
{
    return reason_names[reason];
}

const char *transport_name(enum transport transport)
{
    return transport_names[transport];
}

void detection_free(struct detection *detection)
{
    free(detection);
}

const char *service_print(const struct service_key *service, char out[SERVER_TEXT_SIZE])
{
    char address[ADDRESS_TEXT_SIZE];
    address_print(&service->address, address);
    bool brackets = !address_is_v4(&service->address);
    snprintf(out, SERVER_TEXT_SIZE, "%s%s%s:%u%s%s", brackets ? "[" : "", address, brackets ? "]" : "",
             service->port, service->transport == TRANSPORT_TCP ? "" : "/",
             service->transport == TRANSPORT_TCP ? "" : transport_name(service->transport));
    return out;
}

static void print_digest(struct slice text, char out[DETECTION_ID_SIZE])
{
    uint8_t digest[SHA256_SIZE];
    sha256(text, digest);
    hex_print(digest, (DETECTION_ID_SIZE - 1) / 2, out);
}

void service_id(const struct service_key *service, char out[DETECTION_ID_SIZE])
{
    char address[ADDRESS_TEXT_SIZE];
    char text[ADDRESS_TEXT_SIZE + HOST_NAME_SIZE + 16];
    int len = snprintf(text, sizeof text, "%s|%s|%u|%s", transport_name(service->transport),
                       address_print(&service->address, address), service->port, service->name);
    print_digest(slice_make(text, (size_t)len), out);
}

void text_id(const char *text, char out[DETECTION_ID_SIZE])
{
    print_digest(slice_text(text), out);
}
