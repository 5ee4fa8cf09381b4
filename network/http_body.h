// The body of a request as it arrives: every byte is counted before it is kept, so that the bodies of all
// connections together stay within what the server may hold. What a client announces is not reserved: it
// could keep others away without sending anything.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional/optional.hpp>
#include <boost/system/error_code.hpp>
#include <cstdint>
#include <string>

#include "network/http_server_state.h"

namespace jingchu::network {

// Of reading a body that finds no room.
inline boost::system::error_code server_busy_code() {
  return make_error_code(boost::system::errc::not_enough_memory);
}

// A Body of Beast that can be read.
struct ReceivedBody {
  struct value_type {
    std::string text;
    HeldBytes held;  // counts `text`
  };

  class reader {
   public:
    template <bool is_request, class Fields>
    reader(boost::beast::http::header<is_request, Fields>&, value_type& body) : body_(body) {}

    void init(const boost::optional<std::uint64_t>&, boost::system::error_code& error) { error = {}; }

    template <class Buffers>
    std::size_t put(const Buffers& buffers, boost::system::error_code& error) {
      const std::size_t size = boost::asio::buffer_size(buffers);
      error = body_.held.grow(size) ? boost::system::error_code() : server_busy_code();
      if (error) return 0;
      for (const auto part : boost::beast::buffers_range_ref(buffers)) {
        body_.text.append(static_cast<const char*>(part.data()), part.size());
      }
      return size;
    }

    void finish(boost::system::error_code& error) { error = {}; }

   private:
    value_type& body_;
  };
};

using ReceivedRequest = boost::beast::http::request<ReceivedBody>;

}  // namespace jingchu::network
