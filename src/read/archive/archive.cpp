#include "read/archive/archive.h"

#include <dlfcn.h>
#include <zip.h>

#include <utility>

#include "text/much_memory.h"

namespace shapedbg {

namespace {

// What is called of libzip. The library is opened with the first zip: with the cryptography it stands on it
// takes as long to load as the rest of the program, and most runs read none.
struct Libzip {
  void* library = dlopen(SHAPEDBG_LIBZIP, RTLD_NOW | RTLD_LOCAL);
  // One line; null where all of it is there.
  const char* missing = library ? nullptr : dlerror();

  template <typename Function>
  Function* function(const char* name) {
    void* found = library ? dlsym(library, name) : nullptr;
    if (library && !found) missing = dlerror();
    return reinterpret_cast<Function*>(found);
  }
#define SHAPEDBG_FROM_LIBZIP(name) \
  decltype(::zip_##name)* name = function<decltype(::zip_##name)>("zip_" #name)
  SHAPEDBG_FROM_LIBZIP(discard);
  SHAPEDBG_FROM_LIBZIP(error_fini);
  SHAPEDBG_FROM_LIBZIP(error_init);
  SHAPEDBG_FROM_LIBZIP(error_init_with_code);
  SHAPEDBG_FROM_LIBZIP(error_strerror);
  SHAPEDBG_FROM_LIBZIP(fclose);
  SHAPEDBG_FROM_LIBZIP(file_strerror);
  SHAPEDBG_FROM_LIBZIP(fopen_index);
  SHAPEDBG_FROM_LIBZIP(fread);
  SHAPEDBG_FROM_LIBZIP(get_num_entries);
  SHAPEDBG_FROM_LIBZIP(open);
  SHAPEDBG_FROM_LIBZIP(open_from_source);
  SHAPEDBG_FROM_LIBZIP(source_buffer_create);
  SHAPEDBG_FROM_LIBZIP(source_free);
  SHAPEDBG_FROM_LIBZIP(stat_index);
  SHAPEDBG_FROM_LIBZIP(stat_init);
  SHAPEDBG_FROM_LIBZIP(strerror);
#undef SHAPEDBG_FROM_LIBZIP
};

const Libzip& libzip() {
  static const Libzip opened;
  return opened;
}

}  // namespace

struct Archive::Handle {
  zip_t* zip = nullptr;
  ~Handle() {
    if (zip) libzip().discard(zip);
  }
};

Archive::Archive() : handle_(std::make_unique<Handle>()) {
  if (libzip().missing)
    error_ = "zip files are read by libzip, which cannot be opened: " + std::string(libzip().missing);
}
Archive::Archive(Archive&&) noexcept = default;
Archive& Archive::operator=(Archive&&) noexcept = default;
Archive::~Archive() = default;

Archive Archive::open(const std::string& path) {
  Archive archive;
  if (!archive.error_.empty()) return archive;
  int code = 0;
  archive.handle_->zip = libzip().open(path.c_str(), ZIP_RDONLY, &code);
  if (!archive.handle_->zip) {
    zip_error_t error;
    libzip().error_init_with_code(&error, code);
    archive.error_ = libzip().error_strerror(&error);
    libzip().error_fini(&error);
    return archive;
  }
  archive.list();
  return archive;
}

Archive Archive::of(std::string_view bytes) {
  Archive archive;
  if (!archive.error_.empty()) return archive;
  zip_error_t error;
  libzip().error_init(&error);
  zip_source_t* source = libzip().source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source) {
    archive.handle_->zip = libzip().open_from_source(source, ZIP_RDONLY, &error);
    if (!archive.handle_->zip) libzip().source_free(source);
  }
  if (!archive.handle_->zip) archive.error_ = libzip().error_strerror(&error);
  libzip().error_fini(&error);
  if (archive.handle_->zip) archive.list();
  return archive;
}

void Archive::list() {
  const zip_int64_t count = libzip().get_num_entries(handle_->zip, 0);
  if (count < 0 || static_cast<std::size_t>(count) > most_entries) {
    error_ = "the zip has more than " + std::to_string(most_entries) + " entries";
    return;
  }
  entries_.reserve(static_cast<std::size_t>(count));
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
    zip_stat_t status;
    libzip().stat_init(&status);
    if (libzip().stat_index(handle_->zip, i, ZIP_FL_ENC_RAW, &status) != 0) continue;
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
  constexpr std::uint64_t many = 100'000;  // bytes: a few hundred layers
  if (entry.bytes > many) expect_much_memory();
  zip_file_t* file = libzip().fopen_index(handle_->zip, entry.index, 0);
  if (!file) {
    error = libzip().strerror(handle_->zip);
    return std::nullopt;
  }
  // Never more than the directory says: an entry that unpacks to more is damaged, and the read below finds
  // it.
  std::string bytes(entry.bytes, '\0');
  std::size_t had = 0;
  zip_int64_t got = 0;
  while (had < bytes.size() && (got = libzip().fread(file, bytes.data() + had, bytes.size() - had)) > 0)
    had += static_cast<std::size_t>(got);
  char more = 0;
  const bool whole = had == bytes.size() && libzip().fread(file, &more, 1) == 0;
  if (!whole)
    error = "`" + entry.name.substr(0, 80) + "` is damaged: " + std::string(libzip().file_strerror(file));
  libzip().fclose(file);
  if (!whole) return std::nullopt;
  return bytes;
}

}  // namespace shapedbg
