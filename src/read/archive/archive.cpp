#include "read/archive/archive.h"

#include <zip.h>

#include <utility>

namespace shapedbg {

struct Archive::Handle {
  zip_t* zip = nullptr;
  ~Handle() {
    if (zip) zip_discard(zip);
  }
};

Archive::Archive() : handle_(std::make_unique<Handle>()) {}
Archive::Archive(Archive&&) noexcept = default;
Archive& Archive::operator=(Archive&&) noexcept = default;
Archive::~Archive() = default;

Archive Archive::open(const std::string& path) {
  Archive archive;
  int code = 0;
  archive.handle_->zip = zip_open(path.c_str(), ZIP_RDONLY, &code);
  if (!archive.handle_->zip) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    archive.error_ = zip_error_strerror(&error);
    zip_error_fini(&error);
    return archive;
  }
  archive.list();
  return archive;
}

Archive Archive::of(std::string_view bytes) {
  Archive archive;
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source) {
    archive.handle_->zip = zip_open_from_source(source, ZIP_RDONLY, &error);
    if (!archive.handle_->zip) zip_source_free(source);
  }
  if (!archive.handle_->zip) archive.error_ = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (archive.handle_->zip) archive.list();
  return archive;
}

void Archive::list() {
  const zip_int64_t count = zip_get_num_entries(handle_->zip, 0);
  if (count < 0 || static_cast<std::size_t>(count) > most_entries) {
    error_ = "the zip has more than " + std::to_string(most_entries) + " entries";
    return;
  }
  entries_.reserve(static_cast<std::size_t>(count));
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
    zip_stat_t status;
    zip_stat_init(&status);
    if (zip_stat_index(handle_->zip, i, ZIP_FL_ENC_RAW, &status) != 0) continue;
    if ((status.valid & ZIP_STAT_NAME) == 0 || (status.valid & ZIP_STAT_SIZE) == 0) continue;
    entries_.push_back({status.name, status.size, i});
  }
}

const Archive::Entry* Archive::find_end(std::string_view end) const {
  for (const Entry& entry : entries_) {
    const std::string_view name = entry.name;
    if (!name.ends_with(end)) continue;
    if (name.size() == end.size() || name[name.size() - end.size() - 1] == '/') return &entry;
  }
  return nullptr;
}

std::optional<std::string> Archive::read(const Entry& entry, std::uint64_t limit, std::string& error) const {
  if (entry.bytes > limit) {
    error = "`" + entry.name.substr(0, 80) + "` has " + std::to_string(entry.bytes) +
            " bytes, more than the limit of " + std::to_string(limit);
    return std::nullopt;
  }
  zip_file_t* file = zip_fopen_index(handle_->zip, entry.index, 0);
  if (!file) {
    error = zip_strerror(handle_->zip);
    return std::nullopt;
  }
  // Never more than the directory says: an entry that unpacks to more is damaged, and the read below finds
  // it.
  std::string bytes(entry.bytes, '\0');
  std::size_t had = 0;
  zip_int64_t got = 0;
  while (had < bytes.size() && (got = zip_fread(file, bytes.data() + had, bytes.size() - had)) > 0)
    had += static_cast<std::size_t>(got);
  char more = 0;
  const bool whole = had == bytes.size() && zip_fread(file, &more, 1) == 0;
  if (!whole)
    error = "`" + entry.name.substr(0, 80) + "` is damaged: " + std::string(zip_file_strerror(file));
  zip_fclose(file);
  if (!whole) return std::nullopt;
  return bytes;
}

}  // namespace shapedbg
