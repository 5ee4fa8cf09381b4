#include "network/http_server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <mutex>
#include <optional>

#include "network/http_session.h"
#include "network/listen.h"

namespace jingchu::network {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Connections beyond the maximum that are told so at the same time; the others are just closed.
constexpr std::size_t kRefusalsMax = 32;
constexpr std::chrono::milliseconds kAcceptPause{100};
// Between two warnings of one kind that clients can cause.
constexpr std::chrono::seconds kWarningInterval{60};

}  // namespace

class HttpServer::Sessions : public std::enable_shared_from_this<HttpServer::Sessions> {
 public:
  Sessions(asio::any_io_executor executor, HttpServerConfig config, HttpHandler handler, Log log)
      : executor_(std::move(executor)),
        strand_(asio::make_strand(executor_)),
        state_(std::make_shared<HttpServerState>(std::move(config), std::move(handler), std::move(log))),
        stop_timer_(strand_) {}

  Status start();
  void stop(std::chrono::milliseconds deadline, std::function<void()> on_stopped);
  std::uint16_t port() const { return port_; }
  HttpServerStatus status() const;

 private:
  struct Open {
    std::shared_ptr<HttpSession> session;
    tcp::socket::executor_type strand;
    Source client;
    bool refused = false;
  };

  static asio::awaitable<void> accept_clients(std::shared_ptr<Sessions> self);
  static asio::awaitable<void> run_session(std::shared_ptr<Sessions> self, std::uint64_t number,
                                           std::shared_ptr<HttpSession> session);
  void add(tcp::socket socket);
  std::optional<Refusal> admit(const Source& client);
  void remove(std::uint64_t number);
  void stop_here(std::chrono::milliseconds deadline, std::function<void()> on_stopped);
  void on_each(void (HttpSession::*action)());

  const asio::any_io_executor executor_;
  const asio::any_io_executor strand_;  // of the acceptor and the stopping
  const std::shared_ptr<HttpServerState> state_;
  std::optional<tcp::acceptor> acceptor_;
  std::uint16_t port_ = 0;
  asio::steady_timer stop_timer_;

  mutable std::mutex mutex_;  // of what follows
  bool stopping_ = false;
  std::uint64_t next_number_ = 0;
  std::map<std::uint64_t, Open> open_;
  std::size_t refused_ = 0;  // of them
};

Status HttpServer::Sessions::start() {
  const auto& config = state_->config;
  ASSIGN_OR_RETURN(acceptor_, listen(strand_, config.listen_host, config.listen_port));
  error_code ignored;
  port_ = acceptor_->local_endpoint(ignored).port();
  asio::co_spawn(strand_, accept_clients(shared_from_this()), asio::detached);
  state_->log.info("listening",
                   {{"host", config.listen_host}, {"port", port_}, {"tls", config.tls != nullptr}});
  return ok_status();
}

asio::awaitable<void> HttpServer::Sessions::accept_clients(std::shared_ptr<Sessions> self) {
  std::optional<std::chrono::steady_clock::time_point> warned;
  while (self->acceptor_->is_open()) {
    tcp::socket socket(asio::make_strand(self->executor_));
    error_code error;
    co_await self->acceptor_->async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (!error) {
      self->add(std::move(socket));
    } else if (self->acceptor_->is_open()) {
      const auto now = std::chrono::steady_clock::now();
      if (!warned || now - *warned >= kWarningInterval) {
        warned = now;
        self->state_->log.warning("cannot accept a connection", {{"error", error.message()}});
      }
      asio::steady_timer pause(self->strand_, kAcceptPause);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }
}

void HttpServer::Sessions::add(tcp::socket socket) {
  error_code error;
  const Source client = source_of(socket.remote_endpoint(error).address());
  if (error) return;  // it has gone already
  const auto tls = state_->config.tls ? state_->config.tls->current() : nullptr;
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  auto refusal = admit(client);
  const bool refused = refusal.has_value();
  if (refused) {
    state_->refused(refusal->type);
    if (refused_ >= kRefusalsMax) return;
    ++refused_;
  }
  const tcp::socket::executor_type strand = socket.get_executor();
  const auto session = make_http_session(std::move(socket), tls, state_, client, std::move(refusal));
  const std::uint64_t number = next_number_++;
  open_.emplace(number, Open{session, strand, client, refused});
  asio::co_spawn(strand, run_session(shared_from_this(), number, session), asio::detached);
}

std::optional<Refusal> HttpServer::Sessions::admit(const Source& client) {
  if (open_.size() - refused_ >= state_->config.connections_max) return too_many_connections();
  if (!state_->connect(client)) return too_many_client_connections();
  return std::nullopt;
}

asio::awaitable<void> HttpServer::Sessions::run_session(std::shared_ptr<Sessions> self, std::uint64_t number,
                                                        std::shared_ptr<HttpSession> session) {
  try {
    co_await session->run();
  } catch (const std::exception& error) {
    self->state_->log.error("a connection failed", {{"error", error.what()}});
  }
  self->remove(number);
}

void HttpServer::Sessions::remove(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const auto open = open_.find(number);
  if (open->second.refused) {
    --refused_;
  } else {
    state_->disconnect(open->second.client);
  }
  open_.erase(open);
  if (stopping_ && open_.empty())
    asio::post(strand_, [self = shared_from_this()] { self->stop_timer_.cancel(); });
}

void HttpServer::Sessions::stop(std::chrono::milliseconds deadline, std::function<void()> on_stopped) {
  asio::post(strand_, [self = shared_from_this(), deadline, on_stopped = std::move(on_stopped)]() mutable {
    self->stop_here(deadline, std::move(on_stopped));
  });
}

void HttpServer::Sessions::stop_here(std::chrono::milliseconds deadline, std::function<void()> on_stopped) {
  error_code ignored;
  if (acceptor_) acceptor_->close(ignored);
  bool none_open = false;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    none_open = open_.empty();
  }
  on_each(&HttpSession::finish);
  stop_timer_.expires_after(none_open ? std::chrono::milliseconds(0) : deadline);
  stop_timer_.async_wait([self = shared_from_this(), on_stopped = std::move(on_stopped)](const error_code&) {
    self->on_each(&HttpSession::abort);
    if (on_stopped) on_stopped();
  });
}

void HttpServer::Sessions::on_each(void (HttpSession::*action)()) {
  const std::lock_guard lock(mutex_);
  for (const auto& [number, open] : open_) {
    asio::post(open.strand, [session = open.session, action] { ((*session).*action)(); });
  }
}

HttpServerStatus HttpServer::Sessions::status() const {
  HttpServerStatus status;
  status.requests = state_->requests;
  status.handler_failures = state_->handler_failures;
  status.held_bytes = state_->held_bytes();
  status.refusals = state_->refusals();
  const std::lock_guard lock(mutex_);
  status.connections = open_.size();
  return status;
}

HttpServer::HttpServer(asio::any_io_executor executor, HttpServerConfig config, HttpHandler handler, Log log)
    : sessions_(std::make_shared<Sessions>(std::move(executor), std::move(config), std::move(handler),
                                           log.named("http"))) {}
HttpServer::~HttpServer() {
  sessions_->stop(std::chrono::milliseconds(0), {});
}
Status HttpServer::start() {
  return sessions_->start();
}
void HttpServer::stop(std::chrono::milliseconds deadline, std::function<void()> on_stopped) {
  sessions_->stop(deadline, std::move(on_stopped));
}
std::uint16_t HttpServer::port() const {
  return sessions_->port();
}
HttpServerStatus HttpServer::status() const {
  return sessions_->status();
}

}  // namespace jingchu::network
