/* Getters of what a playlist or a JSON answer held. Shares are percent of the entries, rounded down. */
#include "daemon/rule/fields_priv.h"

static bool count_of(const struct rule_view *view, size_t offset, uint64_t *number)
{
    const struct m3u_facts *facts = view->http->m3u;
    if (facts == NULL) {
        return false;
    }
    memcpy(number, (const char *)facts + offset, sizeof *number);
    return true;
}

static bool share_of(const struct rule_view *view, uint64_t part, uint64_t *number)
{
    const struct m3u_facts *facts = view->http->m3u;
    if (facts == NULL || facts->entries == 0) {
        return false;
    }
    /* In floating point nothing overflows; the error of 2^-52 is far below one percent. */
    *number = (uint64_t)(100.0 * (double)part / (double)facts->entries);
    return true;
}

bool field_entries(const struct rule_view *view, uint64_t *number)
{
    return count_of(view, offsetof(struct m3u_facts, entries), number);
}

bool field_live(const struct rule_view *view, uint64_t *number)
{
    return count_of(view, offsetof(struct m3u_facts, live), number);
}

bool field_movies(const struct rule_view *view, uint64_t *number)
{
    return count_of(view, offsetof(struct m3u_facts, movies), number);
}

bool field_series(const struct rule_view *view, uint64_t *number)
{
    return count_of(view, offsetof(struct m3u_facts, series), number);
}

bool field_radio(const struct rule_view *view, uint64_t *number)
{
    return count_of(view, offsetof(struct m3u_facts, radio), number);
}

bool field_groups(const struct rule_view *view, uint64_t *number)
{
    return count_of(view, offsetof(struct m3u_facts, groups), number);
}

bool field_hosts(const struct rule_view *view, uint64_t *number)
{
    return count_of(view, offsetof(struct m3u_facts, hosts), number);
}

bool field_prefixed_share(const struct rule_view *view, uint64_t *number)
{
    return share_of(view, view->http->m3u == NULL ? 0 : view->http->m3u->titles.prefixed_titles, number);
}

bool field_credential_share(const struct rule_view *view, uint64_t *number)
{
    return share_of(view, view->http->m3u == NULL ? 0 : view->http->m3u->credential_uris, number);
}

bool field_same_credentials(const struct rule_view *view, uint64_t *number)
{
    return share_of(view, view->http->m3u == NULL ? 0 : view->http->m3u->same_credentials, number);
}

bool field_request_credentials(const struct rule_view *view, uint64_t *number)
{
    return share_of(view, view->http->m3u == NULL ? 0 : view->http->m3u->request_credentials, number);
}

bool field_odd_port_share(const struct rule_view *view, uint64_t *number)
{
    return share_of(view, view->http->m3u == NULL ? 0 : view->http->m3u->odd_ports, number);
}

bool field_mixed_credentials(const struct rule_view *view, uint64_t *number)
{
    return share_of(view, view->http->m3u == NULL ? 0 : view->http->m3u->mixed_credentials, number);
}

bool field_tuner_share(const struct rule_view *view, uint64_t *number)
{
    return share_of(view, view->http->m3u == NULL ? 0 : view->http->m3u->tuner_uris, number);
}

bool field_https_share(const struct rule_view *view, uint64_t *number)
{
    return share_of(view, view->http->m3u == NULL ? 0 : view->http->m3u->https, number);
}

bool field_clear_keys(const struct rule_view *view, uint64_t *number)
{
    return count_of(view, offsetof(struct m3u_facts, clear_keys), number);
}

bool field_cookies(const struct rule_view *view, uint64_t *number)
{
    return count_of(view, offsetof(struct m3u_facts, cookies), number);
}

bool field_p2p(const struct rule_view *view, uint64_t *number)
{
    return count_of(view, offsetof(struct m3u_facts, p2p), number);
}

bool field_referer_share(const struct rule_view *view, uint64_t *number)
{
    return share_of(view, view->http->m3u == NULL ? 0 : view->http->m3u->foreign_referers, number);
}

bool field_marked_share(const struct rule_view *view, uint64_t *number)
{
    return share_of(view, view->http->m3u == NULL ? 0 : view->http->m3u->marked_titles, number);
}

bool field_vod_share(const struct rule_view *view, uint64_t *number)
{
    const struct m3u_facts *facts = view->http->m3u;
    return share_of(view, facts == NULL ? 0 : facts->movies + facts->series, number);
}

bool field_radio_share(const struct rule_view *view, uint64_t *number)
{
    return share_of(view, view->http->m3u == NULL ? 0 : view->http->m3u->radio, number);
}

static bool api_count_of(const struct rule_view *view, size_t offset, uint64_t *number)
{
    const struct api_facts *facts = view->http->api;
    if (facts == NULL) {
        return false;
    }
    memcpy(number, (const char *)facts + offset, sizeof *number);
    return true;
}

bool field_api_live(const struct rule_view *view, uint64_t *number)
{
    return api_count_of(view, offsetof(struct api_facts, live), number);
}

bool field_api_movies(const struct rule_view *view, uint64_t *number)
{
    return api_count_of(view, offsetof(struct api_facts, movies), number);
}

bool field_api_series(const struct rule_view *view, uint64_t *number)
{
    return api_count_of(view, offsetof(struct api_facts, series), number);
}

bool field_api_categories(const struct rule_view *view, uint64_t *number)
{
    return api_count_of(view, offsetof(struct api_facts, categories), number);
}

bool field_api_stalker_channels(const struct rule_view *view, uint64_t *number)
{
    return api_count_of(view, offsetof(struct api_facts, stalker_channels), number);
}

bool field_api_complete(const struct rule_view *view)
{
    return view->http->api != NULL && view->http->api->complete;
}

bool field_api_shapes(const struct rule_view *view, uint64_t *words)
{
    *words = view->http->api == NULL ? 0 : view->http->api->shapes;
    return view->http->api != NULL;
}

const char *field_api_shape_name(unsigned word)
{
    return word < API_SHAPE_COUNT ? api_shape_name((enum api_shape)word) : NULL;
}

bool field_m3u_format(const struct rule_view *view, uint64_t *words)
{
    *words = view->http->m3u == NULL ? 0 : UINT64_C(1) << view->http->m3u->format;
    return view->http->m3u != NULL;
}

const char *field_m3u_format_name(unsigned word)
{
    return word < LIST_FORMAT_COUNT ? list_format_name((enum list_format)word) : NULL;
}

enum m3u_flag {
    M3U_FLAG_XUI,
    M3U_FLAG_XC_VM,
    M3U_FLAG_EPG_CREDENTIALS,
    M3U_FLAG_EPG_REQUEST_CREDENTIALS,
    M3U_FLAG_SCRIPT_REQUEST_CREDENTIALS,
    M3U_FLAG_HLS_MASTER,
    M3U_FLAG_HLS_MEDIA,
    M3U_FLAG_HLS_ENDED,
    M3U_FLAG_KEY_FIRST,
    M3U_FLAG_NUMBERED_SEGMENTS,
    M3U_FLAG_COMPLETE,
    M3U_FLAG_PRIVATE_HOSTS,
    M3U_FLAG_COUNT,
};

static const char *const m3u_flag_names[M3U_FLAG_COUNT] = {
    [M3U_FLAG_XUI] = "xui",
    [M3U_FLAG_XC_VM] = "xc-vm",
    [M3U_FLAG_EPG_CREDENTIALS] = "epg-credentials",
    [M3U_FLAG_EPG_REQUEST_CREDENTIALS] = "epg-request-credentials",
    [M3U_FLAG_SCRIPT_REQUEST_CREDENTIALS] = "script-request-credentials",
    [M3U_FLAG_HLS_MASTER] = "hls-master",
    [M3U_FLAG_HLS_MEDIA] = "hls-media",
    [M3U_FLAG_HLS_ENDED] = "hls-ended",
    [M3U_FLAG_KEY_FIRST] = "key-first",
    [M3U_FLAG_NUMBERED_SEGMENTS] = "numbered-segments",
    [M3U_FLAG_COMPLETE] = "complete",
    [M3U_FLAG_PRIVATE_HOSTS] = "private-hosts",
};

const char *field_m3u_flag_name(unsigned word)
{
    return word < M3U_FLAG_COUNT ? m3u_flag_names[word] : NULL;
}

/* A host that only a network of its own can reach: a private address, a single label, a local domain. */
static bool host_is_private(const char *host)
{
    static const char *const domains[] = {".local",    ".lan",       ".home",
                                          ".internal", ".home.arpa", ".localdomain"};
    struct address address;
    if (address_parse(host, &address)) {
        return address_classify(&address) != ADDRESS_PUBLIC;
    }
    struct slice name = slice_text(host);
    bool private = slice_index(name, '.') == SIZE_MAX;
    for (size_t i = 0; i < ARRAY_COUNT(domains); i++) {
        private = private || slice_ends(name, slice_text(domains[i]));
    }
    return private;
}

/* Judged by the commonest host of the entries. */
static bool hosts_are_private(const struct named_servers *named)
{
    for (uint32_t i = 0; i < named->count && i < NAMED_SERVERS_MAX; i++) {
        if (named->items[i].relation == RELATION_PLAYLIST) {
            return host_is_private(named->items[i].host);
        }
    }
    return false;
}

bool field_m3u_flags(const struct rule_view *view, uint64_t *words)
{
    const struct m3u_facts *facts = view->http->m3u;
    if (facts == NULL) {
        return false;
    }
    const bool held[M3U_FLAG_COUNT] = {
        [M3U_FLAG_XUI] = facts->panel_tag_xui,
        [M3U_FLAG_XC_VM] = facts->panel_tag_xc_vm,
        [M3U_FLAG_EPG_CREDENTIALS] = facts->epg_credentials,
        [M3U_FLAG_EPG_REQUEST_CREDENTIALS] = facts->epg_request_credentials,
        [M3U_FLAG_SCRIPT_REQUEST_CREDENTIALS] = facts->script_request_credentials,
        [M3U_FLAG_HLS_MASTER] = facts->hls_master,
        [M3U_FLAG_HLS_MEDIA] = facts->hls_media,
        [M3U_FLAG_HLS_ENDED] = facts->hls_ended,
        [M3U_FLAG_KEY_FIRST] = facts->hls_key_first,
        [M3U_FLAG_NUMBERED_SEGMENTS] = facts->hls_numbered_segments,
        [M3U_FLAG_COMPLETE] = facts->complete,
        [M3U_FLAG_PRIVATE_HOSTS] = hosts_are_private(&facts->named),
    };
    *words = 0;
    for (unsigned i = 0; i < M3U_FLAG_COUNT; i++) {
        *words |= (uint64_t)held[i] << i;
    }
    return true;
}
