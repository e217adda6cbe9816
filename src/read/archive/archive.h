// A zip file, read only: names and entries, by libzip. Nothing is unpacked to disk, so no name can lead
// anywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shapedbg {

class Archive {
 public:
  struct Entry {
    std::string name;
    std::uint64_t bytes = 0;  // unpacked, as the directory says
    std::uint64_t index = 0;
  };
  static constexpr std::size_t most_entries = 1'000'000;

  // By its path: only the directory and the entries asked for are read, however large the file is.
  static Archive open(const std::string& path);
  // `bytes` must outlive the archive.
  static Archive of(std::string_view bytes);
  // Whether a file that starts so is a zip.
  static bool starts(std::string_view bytes) {
    return bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06");
  }

  Archive(Archive&&) noexcept;
  Archive& operator=(Archive&&) noexcept;
  ~Archive();

  // Why it could not be opened: one line; empty where it could.
  const std::string& error() const { return error_; }
  const std::vector<Entry>& entries() const { return entries_; }
  // The first entry with that name, or whose name ends so after a `/`. Null where there is none.
  const Entry* find_end(std::string_view end) const;
  // The bytes of an entry. Nothing, with `error`, where it is damaged or larger than `limit`.
  std::optional<std::string> read(const Entry& entry, std::uint64_t limit, std::string& error) const;

 private:
  struct Handle;
  Archive();
  void list();
  std::unique_ptr<Handle> handle_;
  std::string error_;
  std::vector<Entry> entries_;
};

}  // namespace shapedbg
