/* Playlists: a URI line becomes an entry and is counted. */
#include "daemon/app/m3u_priv.h"

bool m3u_is_requested(struct m3u_parser *parser, struct slice user, struct slice password)
{
    const struct credential_hashes *wanted = &parser->credentials;
    if (wanted->user == 0 || wanted->password == 0) {
        return false;
    }
    buf_clear(&parser->decoded);
    percent_decode(&parser->decoded, user, false);
    if (hash_bytes(&parser->key, parser->decoded.data, parser->decoded.len) != wanted->user) {
        return false;
    }
    buf_clear(&parser->decoded);
    percent_decode(&parser->decoded, password, false);
    return hash_bytes(&parser->key, parser->decoded.data, parser->decoded.len) == wanted->password;
}

static void count_credentials(struct m3u_parser *parser, const struct m3u_credential_path *path)
{
    parser->facts.credential_uris++;
    parser->facts.mixed_credentials += path->mixed;
    struct m3u_pair *pair = &parser->last_pair;
    if (!pair->compared) {
        pair->compared = true;
        pair->hash = hash_bytes(&parser->key, path->pair.data, path->pair.len);
        pair->requested = m3u_is_requested(parser, path->user, path->password);
    }
    bool fresh;
    (void)m3u_top_add(&parser->pairs, pair->hash, &fresh);
    parser->facts.request_credentials += pair->requested;
}

/* Whether a port is written behind the host; named_server_from_url has accepted the authority. */
static bool has_port(struct slice authority)
{
    size_t len = authority.len;
    while (len > 0 && authority.data[len - 1] >= '0' && authority.data[len - 1] <= '9') {
        len--;
    }
    bool digits = len < authority.len;
    return digits && len > 0 && authority.data[len - 1] == ':' &&
           (authority.data[0] == '[' || slice_index(authority, ':') == len - 1);
}

static void read_authority(struct m3u_parser *parser, const struct url_parts *url, struct slice text)
{
    struct m3u_authority *authority = &parser->authority;
    m3u_keep(&authority->text, text, text.len <= M3U_AUTHORITY_MAX ? M3U_AUTHORITY_MAX : 0);
    authority->scheme_len = url->scheme.len;
    authority->host_at = text.len - url->authority.len;
    authority->valid = named_server_from_url(text, RELATION_PLAYLIST, &authority->server);
    if (!authority->valid) {
        return;
    }
    const struct named_server *server = &authority->server;
    bool odd_port = has_port(url->authority) && server->port != 80 && server->port != 443;
    authority->odd = odd_port || host_is_literal(server->host);
    authority->host_hash = hash_bytes(&parser->key, server->host, strlen(server->host));
    authority->server_hash = authority->host_hash ^ (server->port * UINT64_C(0x9e3779b97f4a7c15));
}

/* Behind the last line's scheme and authority only the rest is new. */
static struct url_parts split_uri(const struct m3u_authority *last, struct slice uri)
{
    size_t len = last->text.len;
    if (len == 0 || len >= uri.len || uri.data[len] != '/' || memcmp(uri.data, last->text.bytes, len) != 0) {
        return url_split(uri);
    }
    struct url_parts parts = url_split_path(slice_from(uri, len));
    parts.scheme = slice_part(uri, 0, last->scheme_len);
    parts.authority = slice_part(uri, last->host_at, len - last->host_at);
    return parts;
}

static void count_server(struct m3u_parser *parser, const struct url_parts *url, struct slice uri, bool named)
{
    if (url->authority.len == 0) {
        return; /* relative: the playlist's own server */
    }
    size_t len = (size_t)(url->authority.data - uri.data) + url->authority.len;
    struct slice text = slice_part(uri, 0, len);
    if (!slice_equal(text, m3u_kept_slice(&parser->authority.text))) {
        read_authority(parser, url, text);
    }
    if (!parser->authority.valid) {
        return;
    }
    parser->facts.odd_ports += parser->authority.odd;
    m3u_distinct_add(&parser->hosts, parser->authority.host_hash);
    if (!named) {
        return;
    }
    bool fresh;
    uint32_t place = m3u_top_add(&parser->servers, parser->authority.server_hash, &fresh);
    if (fresh) {
        parser->server_names[place] = parser->authority.server;
    }
}

static void count_groups(struct m3u_parser *parser, struct slice groups)
{
    if (slice_equal(groups, m3u_kept_slice(&parser->group))) {
        return;
    }
    m3u_keep(&parser->group, groups, M3U_GROUP_MAX);
    while (groups.len > 0) {
        struct slice group = slice_trim(slice_split(&groups, ';'));
        if (group.len > 0) {
            m3u_distinct_add(&parser->groups, hash_bytes(&parser->key, group.data, group.len));
        }
    }
}

/* Segments and variants of streams have neither title nor group: for them nothing is made. */
static void count_title(struct m3u_parser *parser, struct catalogue_entry *entry, struct title_name *name)
{
    if (entry->part != ENTRY_WHOLE || entry->title.len + entry->group.len == 0) {
        return;
    }
    if (parser->titles == NULL) {
        parser->titles = title_counter_create(&parser->key);
    }
    title_count_entry(parser->titles, entry, name);
}

static void count_kind(struct m3u_facts *facts, enum entry_kind kind)
{
    facts->entries++;
    facts->live += kind == ENTRY_LIVE;
    facts->movies += kind == ENTRY_MOVIE;
    facts->series += kind == ENTRY_SERIES;
    facts->radio += kind == ENTRY_RADIO;
}

/* <digits>_<digits>.ts, the last part of the path. */
static bool is_numbered_segment(struct slice path)
{
    size_t at = path.len;
    struct slice end = slice_text(".ts");
    if (!slice_ends(path, end)) {
        return false;
    }
    at -= end.len;
    for (int i = 0; i < 2; i++) {
        size_t digits_end = at;
        while (at > 0 && path.data[at - 1] >= '0' && path.data[at - 1] <= '9') {
            at--;
        }
        uint8_t before = at == 0 ? '/' : path.data[at - 1];
        if (at == digits_end || before != (i == 0 ? '_' : '/')) {
            return false;
        }
        at -= i == 0;
    }
    return true;
}

static void forget_pending(struct m3u_pending *pending)
{
    pending->title.len = 0;
    pending->group.len = 0;
    pending->tvg_id.len = 0;
    pending->radio = false;
    pending->timed = false;
    pending->variant = false;
    pending->xui_id = 0;
    pending->props.clear_key_type = false;
    pending->props.clear_key = false;
    pending->props.cookie = false;
    pending->props.referer.host[0] = '\0';
}

/* A channel with its number goes into the catalogue's print. */
static void print_channel(struct m3u_parser *parser, const struct catalogue_entry *entry,
                          const struct m3u_credential_path *path)
{
    uint64_t number = parser->place->pending.xui_id;
    if ((entry->kind == ENTRY_LIVE || entry->kind == ENTRY_RADIO) &&
        (number > 0 || (path != NULL && text_parse_u64(path->number, &number)))) {
        catalogue_print_add(&parser->print, entry->title, number);
    }
}

void m3u_read_uri(struct m3u_parser *parser, struct slice line)
{
    struct m3u_pending *pending = &parser->place->pending;
    struct slice suffix = line;
    struct slice uri = slice_trim(slice_split(&suffix, '|'));
    if (uri.len == 0) {
        return;
    }
    struct url_parts url = split_uri(&parser->authority, uri);
    struct slice extension = m3u_extension(&url);
    bool sound = m3u_is_sound(extension);
    struct m3u_credential_path path;
    bool segment = parser->facts.hls_media && pending->timed;
    /* Short paths of segments, variants and songs end in numbers by themselves. What the request bore counts
     * whatever it looks like. */
    bool credentials = m3u_credential_path_of(&parser->last_pair, url.path, &path) &&
                       (path.prefixed || (!(segment || pending->variant) &&
                                          ((path.likely && !pending->timed && !sound) ||
                                           m3u_is_requested(parser, path.user, path.password))));
    struct catalogue_entry entry = {
        .source = parser->source,
        .part = segment            ? ENTRY_SEGMENT
                : pending->variant ? ENTRY_VARIANT
                                   : ENTRY_WHOLE,
        .uri = uri,
        .title = m3u_kept_slice(&pending->title),
        .group = m3u_kept_slice(pending->group.len > 0 ? &pending->group : &parser->place->group_tag),
        .tvg_id = m3u_kept_slice(&pending->tvg_id),
    };
    struct m3u_clues clues = {
        .url = &url,
        .extension = extension,
        .sound = sound,
        .group = entry.group,
        .title = entry.title,
        .radio = pending->radio,
        .timed = pending->timed,
        .credentials = credentials,
        .segment = segment,
    };
    entry.kind = m3u_kind_judge(&clues);
    count_kind(&parser->facts, entry.kind);
    m3u_count_props(parser, &entry, suffix);
    bool p2p = m3u_is_p2p(&url, uri);
    parser->facts.p2p += p2p;
    if (!p2p) {
        /* Where keys stand in the open, the server is a lawful one that was robbed. */
        bool robbed = pending->props.clear_key_type && pending->props.clear_key;
        count_server(parser, &url, uri, !robbed);
    }
    count_groups(parser, entry.group);
    struct title_name name;
    count_title(parser, &entry, &name);
    parser->facts.tuner_uris += m3u_is_of_tuner(&url);
    parser->facts.https += slice_equal_nocase(url.scheme, slice_text("https"));
    parser->facts.hls_segments += segment;
    parser->facts.hls_variants += pending->variant;
    parser->other_segments += !is_numbered_segment(url.path);
    if (credentials) {
        count_credentials(parser, &path);
    }
    print_channel(parser, &entry, credentials ? &path : NULL);
    if (parser->entry != NULL) {
        parser->entry(parser->context, &entry);
    }
    forget_pending(pending);
}
