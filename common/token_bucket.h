// A rate with a burst, in integers: tokens come back steadily up to `burst`. Time is an input and never goes
// back. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>

namespace jingchu {

class TokenBucket {
 public:
  // Full at first. Both at most a billion.
  TokenBucket(std::uint64_t per_second, std::uint64_t burst)
      : per_second_(static_cast<std::int64_t>(per_second)),
        full_(static_cast<std::int64_t>(burst) * kMillion),
        balance_(full_) {}

  // False, and nothing taken, when there are not so many.
  bool take(std::uint64_t tokens, std::uint64_t now_us) {
    refill(now_us);
    const std::int64_t price = static_cast<std::int64_t>(tokens) * kMillion;
    if (price > balance_) return false;
    balance_ -= price;
    return true;
  }

  // Takes what was used already, even into debt.
  void charge(std::uint64_t tokens, std::uint64_t now_us) {
    refill(now_us);
    balance_ -= static_cast<std::int64_t>(tokens) * kMillion;
  }

  // Tokens that were charged and not used, as far as there is room.
  void give_back(std::uint64_t tokens) {
    balance_ = std::min(full_, balance_ + static_cast<std::int64_t>(tokens) * kMillion);
  }

  // How long until there is no debt any more; 0: there is none.
  std::uint64_t debt_us(std::uint64_t now_us) {
    refill(now_us);
    return balance_ >= 0 ? 0 : static_cast<std::uint64_t>((per_second_ - 1 - balance_) / per_second_);
  }

  bool is_full(std::uint64_t now_us) {
    refill(now_us);
    return balance_ == full_;
  }

 private:
  static constexpr std::int64_t kMillion = 1'000'000;
  static constexpr std::uint64_t kElapsedMaxUs = 3'600'000'000;  // so that nothing overflows

  void refill(std::uint64_t now_us) {
    const std::uint64_t elapsed_us = now_us > refilled_us_ ? now_us - refilled_us_ : 0;
    refilled_us_ = std::max(refilled_us_, now_us);
    const auto gained = static_cast<std::int64_t>(std::min(elapsed_us, kElapsedMaxUs)) * per_second_;
    balance_ = std::min(full_, balance_ + gained);
  }

  std::int64_t per_second_;
  std::int64_t full_;  // in millionths of a token, as the balance
  std::int64_t balance_;
  std::uint64_t refilled_us_ = 0;
};

}  // namespace jingchu
