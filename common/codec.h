// The one binary encoding of everything that is hashed, signed, sent or stored (docs/formats.md, "Encoding").
//
// Canonical: a value has exactly one encoding; integers are little-endian of fixed size, lists and byte
// strings carry a 32-bit count, structs are their fields in order. Bounded: a count is checked against the
// bytes that remain and against a cap BEFORE anything is allocated, trailing bytes are refused, nesting is
// bounded. A type takes part by a member `template <class Archive> void serialize(Archive& archive) {
// archive(a_, b_); }`; an enum by a function `bool is_valid(E)` beside it. This is the only place that sees
// cereal.
#pragma once

#include <cereal/cereal.hpp>
#include <concepts>
#include <optional>
#include <type_traits>
#include <variant>

#include "common/bytes.h"
#include "common/result.h"

namespace jingchu {

struct DecodeLimits {
  std::size_t list_max = 1 << 20;  // elements of one list, or bytes of one byte string times 64
  int depth_max = 16;
};

namespace codec_detail {

inline constexpr std::size_t kScratchBytesMax = 64 << 10;

// Leaves the decoder; never leaves decode().
struct Failure {
  const char* what;
};

template <class T>
concept RawBytes = std::same_as<T, std::uint8_t>;

}  // namespace codec_detail

class CanonicalOutput : public cereal::OutputArchive<CanonicalOutput> {
 public:
  explicit CanonicalOutput(Bytes& out) : OutputArchive(this), out_(out) {}

  void write(const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    out_.insert(out_.end(), bytes, bytes + size);
  }
  template <std::unsigned_integral T>
  void write_integer(T value) {
    std::uint8_t bytes[sizeof(T)];
    for (std::size_t i = 0; i < sizeof(T); ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
    write(bytes, sizeof(T));
  }
  void write_count(std::size_t count) {
    CHECK(count <= 0xffffffffu);
    write_integer(static_cast<std::uint32_t>(count));
  }

 private:
  Bytes& out_;
};

class CanonicalInput : public cereal::InputArchive<CanonicalInput> {
 public:
  CanonicalInput(ByteView in, const DecodeLimits& limits) : InputArchive(this), in_(in), limits_(limits) {}

  // Hides cereal's own entry so that every value passes the checks below.
  template <class... Ts>
  CanonicalInput& operator()(Ts&&... values) {
    if (++depth_ > limits_.depth_max) fail("nested too deep");
    (read_value(values), ...);
    --depth_;
    return *this;
  }

  void read(void* data, std::size_t size) {
    if (size > remaining()) fail("cut off");
    if (size != 0) std::memcpy(data, in_.data() + offset_, size);
    offset_ += size;
  }
  template <std::unsigned_integral T>
  T read_integer() {
    std::uint8_t bytes[sizeof(T)];
    read(bytes, sizeof(T));
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      value = static_cast<T>(value | static_cast<T>(bytes[i]) << (8 * i));
    return value;
  }
  // The count of a list whose elements take at least one byte each.
  std::size_t read_count() {
    const std::size_t count = read_integer<std::uint32_t>();
    if (count > remaining()) fail("a count is larger than the bytes that follow");
    if (count > limits_.list_max) fail("a list is longer than its limit");
    return count;
  }
  std::size_t read_byte_count() {
    const std::size_t count = read_integer<std::uint32_t>();
    if (count > remaining()) fail("a length is larger than the bytes that follow");
    if (count > limits_.list_max * 64) fail("a byte string is longer than its limit");
    return count;
  }
  std::size_t remaining() const { return in_.size() - offset_; }
  std::size_t offset() const { return offset_; }
  [[noreturn]] void fail(const char* what) const { throw codec_detail::Failure{what}; }

 private:
  template <class T>
  void read_value(T& value) {
    if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(read_integer<std::make_unsigned_t<std::underlying_type_t<T>>>());
      if (!is_valid(value)) fail("an enumeration has an unknown value");
    } else {
      InputArchive::operator()(value);
    }
  }

  ByteView in_;
  DecodeLimits limits_;
  std::size_t offset_ = 0;
  int depth_ = 0;
};

// Integers and bool.
template <std::unsigned_integral T>
void save(CanonicalOutput& archive, const T& value) {
  if constexpr (std::same_as<T, bool>) {
    archive.write_integer(static_cast<std::uint8_t>(value ? 1 : 0));
  } else {
    archive.write_integer(value);
  }
}
template <std::unsigned_integral T>
void load(CanonicalInput& archive, T& value) {
  if constexpr (std::same_as<T, bool>) {
    const auto byte = archive.read_integer<std::uint8_t>();
    if (byte > 1) archive.fail("a truth value is neither 0 nor 1");
    value = byte == 1;
  } else {
    value = archive.read_integer<T>();
  }
}

// Text and byte strings; views of them are written the same, and not read.
inline void save(CanonicalOutput& archive, const std::string_view& text) {
  archive.write_count(text.size());
  archive.write(text.data(), text.size());
}
inline void save(CanonicalOutput& archive, const ByteView& bytes) {
  archive(as_text(bytes));
}
inline void save(CanonicalOutput& archive, const std::string& text) {
  archive(std::string_view(text));
}
inline void load(CanonicalInput& archive, std::string& text) {
  text.resize(archive.read_byte_count());
  archive.read(text.data(), text.size());
}

// Lists. They grow as elements are read, so that a forged count cannot make memory grow ahead of the input.
template <class T>
void save(CanonicalOutput& archive, const std::vector<T>& list) {
  archive.write_count(list.size());
  if constexpr (codec_detail::RawBytes<T>) {
    archive.write(list.data(), list.size());
  } else {
    for (const auto& element : list) archive(element);
  }
}
template <class T>
void load(CanonicalInput& archive, std::vector<T>& list) {
  list.clear();
  if constexpr (codec_detail::RawBytes<T>) {
    list.resize(archive.read_byte_count());
    archive.read(list.data(), list.size());
  } else {
    const std::size_t count = archive.read_count();
    list.reserve(std::min<std::size_t>(count, 256));
    for (std::size_t i = 0; i < count; ++i) archive(list.emplace_back());
  }
}

// Arrays of fixed size carry no count.
template <class T, std::size_t N>
void save(CanonicalOutput& archive, const std::array<T, N>& array) {
  if constexpr (codec_detail::RawBytes<T>) {
    archive.write(array.data(), N);
  } else {
    for (const auto& element : array) archive(element);
  }
}
template <class T, std::size_t N>
void load(CanonicalInput& archive, std::array<T, N>& array) {
  if constexpr (codec_detail::RawBytes<T>) {
    archive.read(array.data(), N);
  } else {
    for (auto& element : array) archive(element);
  }
}

template <class T>
void save(CanonicalOutput& archive, const std::optional<T>& value) {
  archive(value.has_value());
  if (value) archive(*value);
}
template <class T>
void load(CanonicalInput& archive, std::optional<T>& value) {
  bool present = false;
  archive(present);
  value.reset();
  if (present) archive(value.emplace());
}

// A variant is its alternative's index in one byte, then the alternative.
template <class... Ts>
void save(CanonicalOutput& archive, const std::variant<Ts...>& value) {
  archive.write_integer(static_cast<std::uint8_t>(value.index()));
  std::visit([&](const auto& alternative) { archive(alternative); }, value);
}
namespace codec_detail {
template <std::size_t I, class Variant>
void load_alternative(CanonicalInput& archive, Variant& value, std::size_t index) {
  if constexpr (I < std::variant_size_v<Variant>) {
    if (index == I) {
      archive(value.template emplace<I>());
    } else {
      load_alternative<I + 1>(archive, value, index);
    }
  } else {
    archive.fail("a variant has an unknown alternative");
  }
}
}  // namespace codec_detail
template <class... Ts>
void load(CanonicalInput& archive, std::variant<Ts...>& value) {
  codec_detail::load_alternative<0>(archive, value, archive.read_integer<std::uint8_t>());
}

template <class... Ts>
Bytes encode(const Ts&... values) {
  // Grows in memory that is kept, so that what is given away is of its size and was allocated once. Whoever
  // encodes within an encoding finds it taken and begins with none.
  thread_local Bytes kept;
  Bytes scratch = std::move(kept);
  scratch.clear();
  CanonicalOutput archive(scratch);
  (archive(values), ...);
  Bytes bytes(scratch.begin(), scratch.end());
  if (scratch.capacity() <= codec_detail::kScratchBytesMax) kept = std::move(scratch);
  return bytes;
}

// The value that `bytes` encode, all of them. The error's fault is the peer's: the caller of decode() knows
// better who sent the bytes and may replace it.
template <class T>
Result<T> decode(ByteView bytes, const DecodeLimits& limits = {}) {
  CanonicalInput archive(bytes, limits);
  try {
    T value{};
    archive(value);
    if (archive.remaining() != 0) archive.fail("bytes follow after the end");
    return value;
  } catch (const codec_detail::Failure& failure) {
    return peer_error("malformed-encoding",
                      std::string(failure.what) + " (at byte " + std::to_string(archive.offset()) + ")");
  }
}

}  // namespace jingchu
