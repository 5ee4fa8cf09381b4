#include "network/source.h"

namespace jingchu::network {

Source source_of(const boost::asio::ip::address& address) {
  if (address.is_v4()) return {false, address.to_v4().to_uint()};
  const auto ipv6 = address.to_v6();
  if (ipv6.is_v4_mapped()) {
    return {false, boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, ipv6).to_uint()};
  }
  const auto bytes = ipv6.to_bytes();
  Source source{true, 0};
  for (std::size_t i = 0; i < 8; ++i) source.network = source.network << 8 | bytes[i];
  return source;
}

}  // namespace jingchu::network
