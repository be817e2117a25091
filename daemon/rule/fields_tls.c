/* What rules read of a handshake of TLS. */
#include "daemon/rule/fields_priv.h"

static const struct tls_client_hello *hello_of(const struct rule_view *view)
{
    return view->tls == NULL ? NULL : view->tls->client;
}

static const struct tls_certificate *certificate_of(const struct rule_view *view)
{
    return view->tls == NULL ? NULL : view->tls->certificate;
}

static struct slice text_or_none(const char *text)
{
    return text == NULL ? slice_make(NULL, 0) : slice_text(text);
}

struct slice field_tls_sni(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    const struct tls_client_hello *hello = hello_of(view);
    return hello == NULL ? slice_make(NULL, 0) : hello->sni;
}

struct slice field_tls_cert_subject(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    const struct tls_certificate *certificate = certificate_of(view);
    return text_or_none(certificate == NULL ? NULL : certificate->subject);
}

struct slice field_tls_cert_issuer(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    const struct tls_certificate *certificate = certificate_of(view);
    return text_or_none(certificate == NULL ? NULL : certificate->issuer);
}

struct slice field_tls_cert_sha256(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    const struct tls_certificate *certificate = certificate_of(view);
    return text_or_none(certificate == NULL ? NULL : certificate->sha256);
}

struct slice field_ja3(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    const struct tls_client_hello *hello = hello_of(view);
    return text_or_none(hello == NULL ? NULL : hello->ja3);
}

struct slice field_ja4(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    const struct tls_client_hello *hello = hello_of(view);
    return text_or_none(hello == NULL ? NULL : hello->ja4);
}

bool field_tls_self_signed(const struct rule_view *view)
{
    const struct tls_certificate *certificate = certificate_of(view);
    return certificate != NULL && certificate->self_signed;
}

struct slice field_quic_sni(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->quic == NULL ? slice_make(NULL, 0) : view->quic->client->sni;
}
