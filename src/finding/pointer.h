// Where a value stands in a file of JSON (RFC 6901): a text that never changes and that all its copies share.
#pragma once

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace shapedbg {

// The lists of layers that a spec itself has: where nearly all pointers lead to.
enum class SpecList : std::uint8_t { none, layers, encoder, decoder };
inline constexpr std::string_view spec_list_names[] = {"", "layers", "encoder", "decoder"};

class Pointer {
 public:
  Pointer() = default;
  // An entry of such a list: no text until one is asked for.
  Pointer(SpecList list, std::uint32_t index) : index_(index), list_(list) {}
  Pointer(std::string text)  // NOLINT(google-explicit-constructor): stands where a string stood
      : text_(text.empty() ? nullptr : std::make_shared<const std::string>(std::move(text))) {}
  Pointer(const char* text) : Pointer(std::string(text)) {}  // NOLINT(google-explicit-constructor)
  // The member `key` of the object at `object`: every option of every layer has such a pointer, and few are
  // ever read. The key is a literal without `~` and `/`, as it is not copied.
  Pointer(const Pointer& object, const char* key)
      : text_(object.key_ == nullptr ? object.text_ : std::make_shared<const std::string>(object.str())),
        key_(key),
        index_(object.index_),
        list_(object.key_ == nullptr ? object.list_ : SpecList::none) {}

  bool empty() const { return text_ == nullptr && key_ == nullptr && list_ == SpecList::none; }
  std::string str() const {
    std::string text = text_ ? *text_ : std::string();
    if (list_ != SpecList::none)
      (((text += '/') += spec_list_names[static_cast<std::size_t>(list_)]) += '/') += std::to_string(index_);
    if (key_ != nullptr) (text += '/') += key_;
    return text;
  }

  friend bool operator==(const Pointer& a, const Pointer& b) {
    return (a.text_ == b.text_ && a.key_ == b.key_ && a.list_ == b.list_ && a.index_ == b.index_) ||
           a.str() == b.str();
  }
  friend bool operator==(const Pointer& a, std::string_view b) { return a.str() == b; }
  friend bool operator==(const Pointer& a, const char* b) { return a.str() == b; }
  friend std::ostream& operator<<(std::ostream& out, const Pointer& pointer) { return out << pointer.str(); }

 private:
  std::shared_ptr<const std::string> text_;  // null: empty
  const char* key_ = nullptr;                // of a member of the object there; null: none
  std::uint32_t index_ = 0;
  SpecList list_ = SpecList::none;  // in place of the text
};

}  // namespace shapedbg
