/// OpenSSL 3, with what Swift cannot see of it: function-like macros, options made by them, and variadic calls, each as an
/// inline function of the same name behind `martlet_`, and nothing more.
#ifndef MARTLET_COPENSSL_H
#define MARTLET_COPENSSL_H

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

// Contexts

static const uint64_t martlet_SSL_OP_NO_TICKET = SSL_OP_NO_TICKET;
static const uint64_t martlet_SSL_OP_NO_RENEGOTIATION = SSL_OP_NO_RENEGOTIATION;
static const uint64_t martlet_SSL_OP_NO_COMPRESSION = SSL_OP_NO_COMPRESSION;
static const uint64_t martlet_SSL_OP_CIPHER_SERVER_PREFERENCE = SSL_OP_CIPHER_SERVER_PREFERENCE;

static inline int martlet_SSL_CTX_set_min_proto_version(SSL_CTX *context, int version) {
    return SSL_CTX_set_min_proto_version(context, version);
}
static inline int martlet_SSL_CTX_set_max_proto_version(SSL_CTX *context, int version) {
    return SSL_CTX_set_max_proto_version(context, version);
}
static inline int martlet_SSL_CTX_set1_groups_list(SSL_CTX *context, const char *list) {
    return SSL_CTX_set1_groups_list(context, list);
}
static inline long martlet_SSL_CTX_set_mode(SSL_CTX *context, long mode) { return SSL_CTX_set_mode(context, mode); }
static inline long martlet_SSL_CTX_clear_mode(SSL_CTX *context, long mode) { return SSL_CTX_clear_mode(context, mode); }
static inline void martlet_SSL_CTX_set_read_ahead(SSL_CTX *context, int on) { SSL_CTX_set_read_ahead(context, on); }
static inline long martlet_SSL_CTX_set_session_cache_mode(SSL_CTX *context, long mode) {
    return SSL_CTX_set_session_cache_mode(context, mode);
}

static inline long martlet_SSL_CTX_sess_set_cache_size(SSL_CTX *context, long size) {
    return SSL_CTX_sess_set_cache_size(context, size);
}
static inline long martlet_SSL_CTX_sess_number(SSL_CTX *context) { return SSL_CTX_sess_number(context); }

// Sessions

static inline long martlet_SSL_set_tlsext_host_name(SSL *session, const char *name) {
    return SSL_set_tlsext_host_name(session, name);
}

// BIO

static inline void martlet_BIO_clear_retry_flags(BIO *bio) { BIO_clear_retry_flags(bio); }
static inline void martlet_BIO_set_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void martlet_BIO_set_retry_write(BIO *bio) { BIO_set_retry_write(bio); }
static inline long martlet_BIO_get_mem_data(BIO *bio, char **bytes) { return BIO_get_mem_data(bio, bytes); }

// Keys and certificates

static const unsigned long martlet_XN_FLAG_RFC2253 = XN_FLAG_RFC2253;

static inline EVP_PKEY *martlet_EVP_EC_gen(const char *curve) { return EVP_EC_gen(curve); }
static inline void martlet_sk_X509_free_all(STACK_OF(X509) *certificates) { sk_X509_pop_free(certificates, X509_free); }
static inline void martlet_sk_X509_EXTENSION_free_all(STACK_OF(X509_EXTENSION) *extensions) {
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}

#endif
