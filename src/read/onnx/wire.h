// The wire format of protocol buffers, read in place: a message is a row of fields, a field a key (number and
// wire type) and a value. Nothing is copied and what is skipped is never touched, so weights in a mapped file
// cost nothing.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace shapedbg::onnx {

// The fields of one message, in the order of the file:
//   for (Wire field(message); field.next();) if (field.number() == 7) graph = field.bytes();
class Wire {
 public:
  enum Type : std::uint8_t { varint = 0, fixed64 = 1, length_delimited = 2, fixed32 = 5 };

  explicit Wire(std::string_view message) : at_(message.data()), end_(message.data() + message.size()) {}

  // False at the end, and where the bytes are no message: then broken().
  bool next() {
    if (at_ == end_ || broken_) return false;
    std::uint64_t key = 0;
    if (!read_varint(key) || (key >> 3) == 0 || (key >> 3) > 0x1FFFFFFF) return fail();
    number_ = static_cast<std::uint32_t>(key >> 3);
    type_ = static_cast<Type>(key & 7);
    value_ = 0;
    bytes_ = {};
    switch (type_) {
      case varint:
        return read_varint(value_) || fail();
      case fixed64:
        return read_fixed(8) || fail();
      case fixed32:
        return read_fixed(4) || fail();
      case length_delimited: {
        std::uint64_t length = 0;
        if (!read_varint(length) || length > left()) return fail();
        bytes_ = {at_, static_cast<std::size_t>(length)};
        at_ += length;
        return true;
      }
    }
    return fail();  // groups, which nothing has written since 2008
  }

  bool broken() const { return broken_; }
  std::string_view rest() const { return {at_, left()}; }
  std::uint32_t number() const { return number_; }
  Type type() const { return type_; }
  // Of a varint; bits of a fixed value. 0 for other types.
  std::uint64_t bits() const { return value_; }
  std::int64_t integer() const { return type_ == varint ? static_cast<std::int64_t>(value_) : 0; }
  float real() const {
    return type_ == fixed32 ? std::bit_cast<float>(static_cast<std::uint32_t>(value_)) : 0.0F;
  }
  // Of a string, a message or a packed list; empty for other types.
  std::string_view bytes() const { return bytes_; }

  // Takes one varint off the front of `bytes`; false where there is none.
  static bool take_varint(std::string_view& bytes, std::uint64_t& value) {
    const char* at = bytes.data();
    const bool good = read(at, at + bytes.size(), value);
    bytes.remove_prefix(static_cast<std::size_t>(at - bytes.data()));
    return good;
  }

 private:
  bool fail() {
    broken_ = true;
    return false;
  }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  static bool read(const char*& at, const char* end, std::uint64_t& value) {
    // Most are of one byte.
    if (at == end || static_cast<unsigned char>(*at) >= 0x80) return read_long(at, end, value);
    value = static_cast<unsigned char>(*at++);
    return true;
  }
  static bool read_long(const char*& at, const char* end, std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64 && at != end; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at++);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }
  bool read_varint(std::uint64_t& value) { return read(at_, end_, value); }
  bool read_fixed(std::size_t size) {
    if (left() < size) return false;
    std::memcpy(&value_, at_, size);  // both ends are little-endian
    at_ += size;
    return true;
  }

  const char* at_;
  const char* end_;
  bool broken_ = false;
  std::uint32_t number_ = 0;
  Type type_ = varint;
  std::uint64_t value_ = 0;
  std::string_view bytes_;
};

}  // namespace shapedbg::onnx
