// jingchu-etcd-load: puts to a running etcd, for the comparison in scripts/bench.sh. gRPC's asynchronous
// client on one thread, a fixed number of puts under way, each with a new key. Prints one line of JSON.
// Usage: jingchu-etcd-load ENDPOINTS(comma) OUTSTANDING SECONDS VALUE_BYTES [CHANNELS]
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "etcd_kv.grpc.pb.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Call {
  grpc::ClientContext context;
  grpc::Status status;
  etcdserverpb::PutResponse response;
  std::unique_ptr<grpc::ClientAsyncResponseReader<etcdserverpb::PutResponse>> reader;
  Clock::time_point started;
};

class Load {
 public:
  Load(const std::string& endpoints, std::size_t channels, std::size_t value_bytes)
      : value_(value_bytes, 'x') {
    std::vector<std::string> addresses;
    for (std::size_t first = 0; first <= endpoints.size();) {
      const std::size_t comma = std::min(endpoints.find(',', first), endpoints.size());
      addresses.push_back(endpoints.substr(first, comma - first));
      first = comma + 1;
    }
    for (std::size_t i = 0; i < channels; ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection for each channel
      stubs_.push_back(etcdserverpb::KV::NewStub(grpc::CreateCustomChannel(
          addresses[i % addresses.size()], grpc::InsecureChannelCredentials(), arguments)));
    }
  }

  void run(std::size_t outstanding, double seconds) {
    const auto begin = Clock::now();
    const auto end = begin + std::chrono::duration<double>(seconds);
    for (std::size_t i = 0; i < outstanding; ++i) start();
    void* tag = nullptr;
    bool ok = false;
    for (std::size_t under_way = outstanding; under_way > 0 && queue_.Next(&tag, &ok);) {
      const std::unique_ptr<Call> call(static_cast<Call*>(tag));
      --under_way;
      finish(*call);
      if (Clock::now() < end && errors_ == 0) start(), ++under_way;
    }
    report(std::chrono::duration<double>(Clock::now() - begin).count());
  }

  std::size_t errors() const { return errors_; }

 private:
  void start() {
    auto call = std::make_unique<Call>();
    etcdserverpb::PutRequest request;
    std::string key(16, '\0');
    for (char& c : key) c = static_cast<char>('a' + random_() % 26);
    request.set_key(std::move(key));
    request.set_value(value_);
    call->started = Clock::now();
    call->reader = stubs_[started_++ % stubs_.size()]->AsyncPut(&call->context, request, &queue_);
    Call* const raw = call.release();
    raw->reader->Finish(&raw->response, &raw->status, raw);
  }

  void finish(const Call& call) {
    if (!call.status.ok()) {
      if (errors_++ == 0) std::fprintf(stderr, "etcd: %s\n", call.status.error_message().c_str());
      return;
    }
    latencies_.push_back(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - call.started).count()));
  }

  void report(double seconds) {
    std::sort(latencies_.begin(), latencies_.end());
    const auto at = [&](std::size_t per_mille) -> std::uint64_t {  // nearest rank, as `jingchu bench` has it
      return latencies_.empty() ? 0 : latencies_[(latencies_.size() * per_mille + 999) / 1000 - 1];
    };
    std::printf(
        "{\"puts\": %zu, \"seconds\": %.2f, \"per_second\": %.1f, \"p50_us\": %llu, \"p99_us\": %llu, "
        "\"errors\": %zu}\n",
        latencies_.size(), seconds, static_cast<double>(latencies_.size()) / seconds,
        static_cast<unsigned long long>(at(500)), static_cast<unsigned long long>(at(990)), errors_);
  }

  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<etcdserverpb::KV::Stub>> stubs_;
  std::vector<std::uint64_t> latencies_;
  std::mt19937_64 random_{std::random_device{}()};
  std::string value_;
  std::size_t started_ = 0;
  std::size_t errors_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: jingchu-etcd-load ENDPOINTS OUTSTANDING SECONDS VALUE_BYTES [CHANNELS]\n");
    return 2;
  }
  Load load(argv[1], argc > 5 ? std::strtoul(argv[5], nullptr, 10) : 8, std::strtoul(argv[4], nullptr, 10));
  load.run(std::strtoul(argv[2], nullptr, 10), std::strtod(argv[3], nullptr));
  return load.errors() == 0 ? 0 : 1;
}
