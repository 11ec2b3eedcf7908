/// The few Linux interfaces that Swift's Glibc overlay does not offer, as inline functions and nothing more.
#ifndef MARTLET_CLINUX_H
#define MARTLET_CLINUX_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#endif
