/* What the rows of the keyword table read from an event (fields.c). */
#pragma once

#include "daemon/rule/rule_priv.h"

struct slice field_method(const struct rule_view *view, enum rule_side side);
struct slice field_uri(const struct rule_view *view, enum rule_side side);
struct slice field_uri_raw(const struct rule_view *view, enum rule_side side);
struct slice field_host(const struct rule_view *view, enum rule_side side);
struct slice field_user_agent(const struct rule_view *view, enum rule_side side);
struct slice field_referer(const struct rule_view *view, enum rule_side side);
struct slice field_referer_host(const struct rule_view *view, enum rule_side side);
struct slice field_origin_host(const struct rule_view *view, enum rule_side side);
struct slice field_location_host(const struct rule_view *view, enum rule_side side);
struct slice field_cookie(const struct rule_view *view, enum rule_side side);
struct slice field_header(const struct rule_view *view, enum rule_side side);
struct slice field_request_body(const struct rule_view *view, enum rule_side side);
struct slice field_stat_code(const struct rule_view *view, enum rule_side side);
struct slice field_location(const struct rule_view *view, enum rule_side side);
struct slice field_server(const struct rule_view *view, enum rule_side side);
struct slice field_content_type(const struct rule_view *view, enum rule_side side);
struct slice field_response_body(const struct rule_view *view, enum rule_side side);
struct slice field_entry_uri(const struct rule_view *view, enum rule_side side);
struct slice field_entry_title(const struct rule_view *view, enum rule_side side);
struct slice field_api_title(const struct rule_view *view, enum rule_side side);
struct slice field_entry_group(const struct rule_view *view, enum rule_side side);
struct slice field_payload(const struct rule_view *view, enum rule_side side);

bool field_payload_size(const struct rule_view *view, uint64_t *number);
bool field_ndpi(const struct rule_view *view, uint64_t *number);
bool field_answered(const struct rule_view *view, uint64_t *number);
bool field_entries(const struct rule_view *view, uint64_t *number);
bool field_live(const struct rule_view *view, uint64_t *number);
bool field_movies(const struct rule_view *view, uint64_t *number);
bool field_series(const struct rule_view *view, uint64_t *number);
bool field_radio(const struct rule_view *view, uint64_t *number);
bool field_groups(const struct rule_view *view, uint64_t *number);
bool field_hosts(const struct rule_view *view, uint64_t *number);
bool field_country_prefixes(const struct rule_view *view, uint64_t *number);
bool field_quality_duplicates(const struct rule_view *view, uint64_t *number);
bool field_separators(const struct rule_view *view, uint64_t *number);
bool field_ppv(const struct rule_view *view, uint64_t *number);
bool field_loops(const struct rule_view *view, uint64_t *number);
bool field_superscripts(const struct rule_view *view, uint64_t *number);
bool field_prefixed_share(const struct rule_view *view, uint64_t *number);
bool field_credential_share(const struct rule_view *view, uint64_t *number);
bool field_same_credentials(const struct rule_view *view, uint64_t *number);
bool field_request_credentials(const struct rule_view *view, uint64_t *number);
bool field_odd_port_share(const struct rule_view *view, uint64_t *number);
bool field_vod_share(const struct rule_view *view, uint64_t *number);
bool field_radio_share(const struct rule_view *view, uint64_t *number);
bool field_api_live(const struct rule_view *view, uint64_t *number);
bool field_api_movies(const struct rule_view *view, uint64_t *number);
bool field_api_series(const struct rule_view *view, uint64_t *number);
bool field_api_categories(const struct rule_view *view, uint64_t *number);
bool field_api_stalker_channels(const struct rule_view *view, uint64_t *number);
bool field_api_country_prefixes(const struct rule_view *view, uint64_t *number);
bool field_api_prefixed_share(const struct rule_view *view, uint64_t *number);
bool field_api_quality_duplicates(const struct rule_view *view, uint64_t *number);
bool field_api_separators(const struct rule_view *view, uint64_t *number);
bool field_api_ppv(const struct rule_view *view, uint64_t *number);
bool field_api_loops(const struct rule_view *view, uint64_t *number);
bool field_api_superscripts(const struct rule_view *view, uint64_t *number);

bool field_rights_names(const struct rule_view *view, uint64_t *number);
bool field_rights_holders(const struct rule_view *view, uint64_t *number);
bool field_rights_markets(const struct rule_view *view, uint64_t *number);
/* Whether a number is one of these three, or ts.holders: none of them says anything without a list of
 * holders. */
bool field_is_of_rights(keyword_number_fn number);

bool field_mixed_credentials(const struct rule_view *view, uint64_t *number);
bool field_tuner_share(const struct rule_view *view, uint64_t *number);
bool field_https_share(const struct rule_view *view, uint64_t *number);
bool field_clear_keys(const struct rule_view *view, uint64_t *number);
bool field_cookies(const struct rule_view *view, uint64_t *number);
bool field_p2p(const struct rule_view *view, uint64_t *number);
bool field_referer_share(const struct rule_view *view, uint64_t *number);
bool field_marked_share(const struct rule_view *view, uint64_t *number);

bool field_uri_token(const struct rule_view *view, uint64_t *words);
bool field_location_token(const struct rule_view *view, uint64_t *words);
const char *field_token_form_name(unsigned word);
bool field_token_repeats(const struct rule_view *view, uint64_t *number);
bool field_number_repeats(const struct rule_view *view, uint64_t *number);
bool field_body_kind(const struct rule_view *view, uint64_t *words);
bool field_api_shapes(const struct rule_view *view, uint64_t *words);
bool field_m3u_format(const struct rule_view *view, uint64_t *words);
const char *field_m3u_format_name(unsigned word);
bool field_m3u_flags(const struct rule_view *view, uint64_t *words);
const char *field_body_kind_name(unsigned word);
const char *field_api_shape_name(unsigned word);
const char *field_m3u_flag_name(unsigned word);

struct slice field_service_name(const struct rule_view *view, enum rule_side side);
struct slice field_provider(const struct rule_view *view, enum rule_side side);
bool field_programs(const struct rule_view *view, uint64_t *number);
bool field_kilobits(const struct rule_view *view, uint64_t *number);
struct slice field_hls_uri(const struct rule_view *view, enum rule_side side);
bool field_live_segment(const struct rule_view *view);
bool field_hls_segments(const struct rule_view *view, uint64_t *number);
bool field_hls_variants(const struct rule_view *view, uint64_t *number);
bool field_hls_target_duration(const struct rule_view *view, uint64_t *number);
bool field_hls_media_sequence(const struct rule_view *view, uint64_t *number);
bool field_stream_holders(const struct rule_view *view, uint64_t *number);
bool field_stream_flags(const struct rule_view *view, uint64_t *words);
const char *field_stream_flag_name(unsigned word);

struct slice field_rtmp_url(const struct rule_view *view, enum rule_side side);
struct slice field_rtsp_url(const struct rule_view *view, enum rule_side side);
bool field_signs(const struct rule_view *view, uint64_t *words);
const char *field_sign_name(unsigned word);

struct slice field_tls_sni(const struct rule_view *view, enum rule_side side);
struct slice field_tls_cert_subject(const struct rule_view *view, enum rule_side side);
struct slice field_tls_cert_issuer(const struct rule_view *view, enum rule_side side);
struct slice field_tls_cert_sha256(const struct rule_view *view, enum rule_side side);
struct slice field_ja3(const struct rule_view *view, enum rule_side side);
struct slice field_ja4(const struct rule_view *view, enum rule_side side);
bool field_tls_self_signed(const struct rule_view *view);
struct slice field_quic_sni(const struct rule_view *view, enum rule_side side);
struct slice field_dns_query(const struct rule_view *view, enum rule_side side);

struct slice field_page_title(const struct rule_view *view, enum rule_side side);
struct slice field_page_refresh_host(const struct rule_view *view, enum rule_side side);
struct slice field_page_stream_host(const struct rule_view *view, enum rule_side side);
struct slice field_page_frame_host(const struct rule_view *view, enum rule_side side);
bool field_page_streams(const struct rule_view *view, uint64_t *number);
bool field_page_stream_hosts(const struct rule_view *view, uint64_t *number);
bool field_page_acestreams(const struct rule_view *view, uint64_t *number);
bool field_page_frames(const struct rule_view *view, uint64_t *number);
bool field_page_entries(const struct rule_view *view, uint64_t *number);
bool field_page_channels(const struct rule_view *view, uint64_t *number);
bool field_page_stream_entries(const struct rule_view *view, uint64_t *number);
bool field_page_text(const struct rule_view *view, uint64_t *number);
bool field_page_links(const struct rule_view *view, uint64_t *number);
bool field_page_radio_share(const struct rule_view *view, uint64_t *number);
bool field_dns_errors(const struct rule_view *view, uint64_t *words);
const char *field_dns_error_name(unsigned word);
bool field_page_players(const struct rule_view *view, uint64_t *words);
const char *field_page_player_name(unsigned word);
bool field_page_stream(const struct rule_view *view, uint64_t *words);
const char *field_page_stream_name(unsigned word);
bool field_disguised(const struct rule_view *view);
bool field_cross_site(const struct rule_view *view);
bool field_location_repeats(const struct rule_view *view);
bool field_api_complete(const struct rule_view *view);
bool field_endless(const struct rule_view *view);
