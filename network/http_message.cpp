#include "network/http_message.h"

#include <fmt/format.h>

namespace jingchu::network {

namespace http = boost::beast::http;

namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string without_controls(std::string value) {
  for (char& c : value) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return value;
}

// RFC 9110 section 15: these answers never have a body.
bool is_bodiless(unsigned status) {
  return status < 200 || status == 204 || status == 304;
}

Error bad_request(std::string what) {
  return caller_error("bad-request", std::move(what), "send HTTP/1.1 as in RFC 9112");
}

}  // namespace

bool has_clear_end(const ReceivedRequest& wire) {
  if (wire.count(http::field::content_length) > 1) return false;
  const auto codings = wire.count(http::field::transfer_encoding);
  if (codings == 0) return true;
  return codings == 1 && wire.version() >= 11 &&
         lower_case(std::string_view(wire[http::field::transfer_encoding])) == "chunked";
}

Result<HttpRequest> from_wire(ReceivedRequest wire, std::string remote_address) {
  ASSIGN_OR_RETURN(Target target, parse_target(std::string_view(wire.target().data(), wire.target().size())));
  if (wire.version() >= 11 && wire.count(http::field::host) != 1) {
    return bad_request("an HTTP/1.1 request has exactly one Host field");
  }
  HttpRequest request;
  request.method = std::string(wire.method_string());
  request.path = std::move(target.path);
  request.query = std::move(target.query);
  request.remote_address = std::move(remote_address);
  for (const auto& field : wire) {
    std::string& value = request.headers[lower_case(std::string_view(field.name_string()))];
    if (!value.empty()) value += ", ";
    value += std::string_view(field.value());
  }
  request.body = std::move(wire.body().text);
  return request;
}

WireResponse to_wire(HttpResponse response, bool head, bool keep_alive,
                     std::chrono::system_clock::time_point now) {
  WireResponse wire;
  wire.version(11);
  wire.result(response.status);
  wire.keep_alive(keep_alive);
  wire.set(http::field::date, http_date(now));
  if (!response.content_type.empty())
    wire.set(http::field::content_type, without_controls(response.content_type));
  for (auto& [name, value] : response.headers) wire.insert(name, without_controls(std::move(value)));
  if (is_bodiless(response.status)) return wire;
  wire.content_length(response.body.size());
  if (!head) wire.body() = std::move(response.body);
  return wire;
}

HttpResponse from_wire(WireResponse wire) {
  HttpResponse response;
  response.status = wire.result_int();
  response.content_type.clear();
  for (const auto& field : wire) {
    std::string value(std::string_view(field.value()));
    if (field.name() == http::field::content_type) response.content_type = value;
    response.headers.emplace_back(lower_case(std::string_view(field.name_string())), std::move(value));
  }
  response.body = std::move(wire.body());
  return response;
}

std::string http_date(std::chrono::system_clock::time_point time) {
  static constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                     kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace jingchu::network
