// TensorFlow's server listens on every address of a machine, whatever it is told. Where this file's `bind` stands before the C
// library's (`LD_PRELOAD`, Linux), a socket for "any address" of the port RECTISCOPE_LISTEN_PORT gets RECTISCOPE_LISTEN_HOST
// (IPv4) alone; all others are bound as asked.
#ifdef __linux__
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <cstring>

namespace {

bool is_lent(in_port_t port) {
  const char* lent = std::getenv("RECTISCOPE_LISTEN_PORT");
  return lent != nullptr && ntohs(port) == std::atoi(lent);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int bind(int socket, const sockaddr* address, socklen_t length) {
  using Bind = int (*)(int, const sockaddr*, socklen_t);
  static const Bind next = reinterpret_cast<Bind>(dlsym(RTLD_NEXT, "bind"));
  const char* host = std::getenv("RECTISCOPE_LISTEN_HOST");
  in_addr wanted{};
  if (host == nullptr || address == nullptr || inet_pton(AF_INET, host, &wanted) != 1) return next(socket, address, length);
  if (address->sa_family == AF_INET && length >= sizeof(sockaddr_in)) {
    sockaddr_in one;
    std::memcpy(&one, address, sizeof one);
    if (is_lent(one.sin_port) && one.sin_addr.s_addr == htonl(INADDR_ANY)) one.sin_addr = wanted;
    return next(socket, reinterpret_cast<const sockaddr*>(&one), sizeof one);
  }
  if (address->sa_family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
    sockaddr_in6 one;
    std::memcpy(&one, address, sizeof one);
    if (is_lent(one.sin6_port) && IN6_IS_ADDR_UNSPECIFIED(&one.sin6_addr)) {
      // The socket takes both families: the IPv4 address in its mapped form.
      one.sin6_addr.s6_addr[10] = one.sin6_addr.s6_addr[11] = 0xff;
      std::memcpy(&one.sin6_addr.s6_addr[12], &wanted, sizeof wanted);
    }
    return next(socket, reinterpret_cast<const sockaddr*>(&one), sizeof one);
  }
  return next(socket, address, length);
}
#endif
