/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/broker/channel.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/base/monotonic.h"

/** Room for what the kernel puts beside a message. */
typedef union control_t {
    struct cmsghdr align;
    char fd[CMSG_SPACE(sizeof(int))];
    char id[CMSG_SPACE(sizeof(struct ucred))];
} control_t;

/* Until the socket is ready, or a step is over: then the caller looks and comes again. */
static apr_status_t wait_for(int fd, short events, mssl_patience_t *patience)
{
    struct pollfd spot = { .fd = fd, .events = events };
    apr_interval_time_t step = 0;

    if (patience != NULL) {
        step = mssl_patience_next(patience, mssl_monotonic_now());
    }
    if (step <= 0) {
        return APR_TIMEUP;
    }
    return poll(&spot, 1, (int)(step / 1000) + 1) >= 0 || errno == EINTR ? APR_SUCCESS : errno;
}

apr_status_t mssl_channel_make_dispatcher(int ends[2])
{
    /* Packets, so that each passed descriptor stays apart. */
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
        return errno;
    }
    return APR_SUCCESS;
}

static apr_status_t pass(int dispatcher, int fd)
{
    control_t control;
    char byte = 0;
    struct iovec part = { .iov_base = &byte, .iov_len = 1 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
                              .msg_controllen = sizeof(control.fd) };
    struct cmsghdr *header;

    memset(&control, 0, sizeof(control));
    header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(fd));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    return sendmsg(dispatcher, &message, MSG_NOSIGNAL) == 1 ? APR_SUCCESS : errno;
}

/* The greeting, and whether it comes from the one who may give it. */
static apr_status_t hear_hello(int fd, uid_t uid, mssl_patience_t *patience)
{
    unsigned char head[MSSL_MESSAGE_HEAD];
    control_t control;
    struct iovec part = { .iov_base = head, .iov_len = sizeof(head) };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
                              .msg_controllen = sizeof(control) };
    const struct cmsghdr *header;
    struct ucred who;
    mssl_message_type_t type;
    apr_status_t rv;
    ssize_t got;
    size_t len;

    do {
        rv = wait_for(fd, POLLIN, patience);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    } while (got < 0 && (errno == EAGAIN || errno == EINTR));
    header = got == sizeof(head) ? CMSG_FIRSTHDR(&message) : NULL;
    if (header == NULL || header->cmsg_level != SOL_SOCKET
        || header->cmsg_type != SCM_CREDENTIALS || header->cmsg_len != CMSG_LEN(sizeof(who))) {
        return got == 0 ? APR_EOF : got < 0 ? errno : APR_EINVAL;
    }
    memcpy(&who, CMSG_DATA(header), sizeof(who));
    if (who.uid != uid) {
        return APR_EACCES;
    }
    return mssl_message_decode_head(head, MSSL_PEER_NEW, &type, &len);
}

apr_status_t mssl_channel_connect(int *fd, int dispatcher, uid_t uid, mssl_patience_t *patience)
{
    const int on = 1;
    apr_status_t rv;
    int ends[2];

    *fd = -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
        return errno;
    }
    rv = setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0 ? APR_SUCCESS : errno;
    if (rv == APR_SUCCESS) {
        rv = pass(dispatcher, ends[1]);
    }
    close(ends[1]);
    if (rv == APR_SUCCESS) {
        rv = hear_hello(ends[0], uid, patience);
    }
    if (rv != APR_SUCCESS) {
        close(ends[0]);
        return rv;
    }
    *fd = ends[0];
    return APR_SUCCESS;
}

/* Whether what was passed is a stream of our kind, and who made it. */
static apr_status_t identify(int fd, mssl_peer_id_t *who)
{
    struct ucred id;
    socklen_t len = sizeof(id), domain_len = sizeof(int), type_len = sizeof(int);
    int domain, type;

    /* The one who made the pair of sockets, at that time: SO_PEERCRED of unix(7). */
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &domain_len) != 0 || domain != AF_UNIX
        || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) != 0 || type != SOCK_STREAM
        || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &id, &len) != 0 || id.pid <= 0) {
        return APR_EINVAL;
    }
    who->pid = id.pid;
    who->uid = id.uid;
    return APR_SUCCESS;
}

/* An empty packet looks like the end, too. */
static int is_hung_up(int fd)
{
    struct pollfd spot = { .fd = fd, .events = POLLRDHUP };

    return poll(&spot, 1, 0) == 1 && (spot.revents & (POLLHUP | POLLRDHUP)) != 0;
}

apr_status_t mssl_channel_accept(int *fd, mssl_peer_id_t *who, int dispatcher)
{
    control_t control;
    char byte;
    struct iovec part = { .iov_base = &byte, .iov_len = 1 };
    /*
     * CMSG_LEN(), not CMSG_SPACE(): room for one descriptor and not for two. The kernel closes the
     * others.
     */
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
                              .msg_controllen = CMSG_LEN(sizeof(int)) };
    const struct cmsghdr *header;
    ssize_t got;
    int passed;

    *fd = -1;
    got = recvmsg(dispatcher, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got < 0) {
        return errno == EINTR ? APR_EAGAIN : errno;
    }
    header = CMSG_FIRSTHDR(&message);
    if (header == NULL) {
        return got == 0 && is_hung_up(dispatcher) ? APR_EOF : APR_EINVAL;
    }
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS
        || header->cmsg_len != CMSG_LEN(sizeof(passed))) {
        return APR_EINVAL;
    }
    memcpy(&passed, CMSG_DATA(header), sizeof(passed));
    if ((message.msg_flags & MSG_CTRUNC) != 0 || identify(passed, who) != APR_SUCCESS) {
        close(passed);
        return APR_EINVAL;
    }
    *fd = passed;
    return APR_SUCCESS;
}

apr_status_t mssl_channel_send(int fd, mssl_message_type_t type, const void *body, size_t len,
                               mssl_patience_t *patience)
{
    unsigned char head[MSSL_MESSAGE_HEAD];
    struct iovec part[2] = { { .iov_base = head, .iov_len = sizeof(head) },
                             { .iov_base = (void *)body, .iov_len = len } };
    struct msghdr message = { .msg_iov = part, .msg_iovlen = len > 0 ? 2 : 1 };
    apr_status_t rv = APR_SUCCESS;
    size_t used;
    ssize_t sent;

    mssl_message_encode_head(head, type, len);
    while (rv == APR_SUCCESS && message.msg_iovlen > 0) {
        sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            rv = errno == EAGAIN || errno == EINTR ? wait_for(fd, POLLOUT, patience) : errno;
            continue;
        }
        while (sent > 0) {
            used = (size_t)sent < message.msg_iov->iov_len ? (size_t)sent
                                                           : message.msg_iov->iov_len;
            message.msg_iov->iov_base = (char *)message.msg_iov->iov_base + used;
            message.msg_iov->iov_len -= used;
            sent -= (ssize_t)used;
            if (message.msg_iov->iov_len == 0) {
                message.msg_iov++;
                message.msg_iovlen--;
            }
        }
    }
    return rv;
}

apr_status_t mssl_channel_receive(int fd, void *data, size_t len, mssl_patience_t *patience)
{
    unsigned char *at = data;
    apr_status_t rv = APR_SUCCESS;
    ssize_t got;

    while (rv == APR_SUCCESS && len > 0) {
        got = recv(fd, at, len, MSG_DONTWAIT);
        if (got > 0) {
            at += got;
            len -= (size_t)got;
        }
        else if (got == 0) {
            rv = APR_EOF;
        }
        else {
            rv = errno == EAGAIN || errno == EINTR ? wait_for(fd, POLLIN, patience) : errno;
        }
    }
    return rv;
}
