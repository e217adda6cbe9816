#include "read/onnx/onnx.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "read/onnx/importer.h"
#include "read/onnx/model.h"

namespace shapedbg {
namespace {

Imported refused(Code code, std::string message, std::vector<std::string> notes = {}) {
  Imported result;
  Finding finding;
  finding.code = code;
  finding.message = std::move(message);
  finding.notes = std::move(notes);
  result.findings.push_back(std::move(finding));
  return result;
}

// A file in memory that the system reads page by page, where someone looks.
class Mapped {
 public:
  explicit Mapped(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (file < 0 || fstat(file, &status) != 0) {
      error_ = std::strerror(errno);
    } else if (!S_ISREG(status.st_mode)) {
      error_ = S_ISDIR(status.st_mode) ? "it is a directory" : "it is no regular file";
    } else if (status.st_size > 0) {
      size_ = static_cast<std::size_t>(status.st_size);
      void* address = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
      if (address == MAP_FAILED)
        error_ = std::strerror(errno);
      else
        data_ = address;
    }
    if (file >= 0) close(file);
    // Weights lie between what is read: reading ahead would fetch them.
    constexpr std::size_t small = 1 << 20;
    if (data_ && size_ > small) madvise(data_, size_, MADV_RANDOM);
  }
  ~Mapped() {
    if (data_) munmap(data_, size_);
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;

  const std::string& error() const { return error_; }
  std::string_view bytes() const {
    return data_ ? std::string_view(static_cast<const char*>(data_), size_) : std::string_view();
  }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
  std::string error_;
};

constexpr std::size_t most_nodes_to_try = 20'000;
constexpr std::int64_t most_of_size = INT64_C(1) << 40;

// Sizes that the file leaves free are declared so that the network runs: the first usual size at which
// everything fits together, and the power of two that keeps it so. The file allows more than it can; that is
// told.
Imported with_free_sizes(const onnx::Model& model, OnnxOptions options, Imported first,
                         std::size_t conflicts) {
  std::string why;
  const auto fits = [&](std::int64_t size) {
    OnnxOptions at = options;
    at.free = {size, 1};
    onnx::Importer importer(model, at);
    importer.run();
    if (importer.conflicts() > 0) why = importer.conflict();
    return importer.conflicts() == 0;
  };
  if (conflicts > 0) {
    std::int64_t found = 0;
    for (const std::int64_t size : {128, 224, 256, 512, 1024, 32, 16, 8, 16'000, 1})
      if (fits(size)) {
        found = size;
        break;
      }
    if (found == 0) return first;  // wrong at every size, or only at one that --input has to name
    options.free.min = found;
  }
  for (std::int64_t step = 1; step <= 256; step *= 2) {
    if (!fits(options.free.min + step) || !fits(options.free.min + 3 * step)) continue;
    options.free.multiple_of = step;
    break;
  }
  if (options.free.min % options.free.multiple_of != 0) options.free.multiple_of = 1;
  if (options.free.multiple_of == 1 && conflicts == 0) return first;
  Imported result = onnx::Importer(model, options).run();
  if (options.free.multiple_of > 1)
    result.guesses.push_back("free sizes are taken in multiples of " +
                             std::to_string(options.free.multiple_of) + ": at others the sizes at " + why +
                             " do not fit together, though the file allows any");
  return result;
}

// The shapes that are asked for, with what the file declares as declared, and what it leaves free rounded up
// so that all of it fits together; nothing where no usual step does that.
std::vector<std::pair<std::string, std::vector<std::int64_t>>> where_it_runs(const onnx::Model& model,
                                                                             const OnnxOptions& options) {
  for (const std::int64_t step : {8, 16, 32, 64, 128, 256}) {
    OnnxOptions rounded = options;
    rounded.inputs.clear();
    bool any = false;
    for (std::size_t i = 0; i < model.graph.inputs.size(); ++i) {
      const onnx::ValueInfo& info = model.graph.inputs[i];
      for (const auto& [name, asked] : options.inputs) {
        if (name != info.name && (!name.empty() || i > 0)) continue;
        std::vector<std::int64_t> shape = asked;
        for (std::size_t axis = 0; axis < std::min(shape.size(), info.shape.size()); ++axis) {
          const std::int64_t declared = info.shape[axis].value;
          if (declared > 0) shape[axis] = declared;
          const bool rounds = declared <= 0 && axis > 0 && shape[axis] >= 1 && shape[axis] <= most_of_size;
          if (rounds) shape[axis] = (shape[axis] + step - 1) / step * step;
          any = any || rounds;
        }
        rounded.inputs.emplace_back(std::string(info.name), std::move(shape));
      }
    }
    if (!any) return {};
    onnx::Importer importer(model, rounded);
    importer.run();
    if (importer.troubles() == 0) return rounded.inputs;
  }
  return {};
}

}  // namespace

bool looks_like_onnx(std::string_view bytes) { return onnx::looks_like_model(bytes); }

Imported read_onnx(std::string_view bytes, const OnnxOptions& options) {
  if (bytes.empty()) return refused(Code::I602, "the file is empty");
  onnx::Model model;
  if (const std::string why = onnx::read_model(bytes, model); !why.empty())
    return refused(Code::I602, "this ONNX file cannot be read: " + why,
                   {"was it copied or downloaded to its end? export it anew"});
  if (model.graph.nodes.empty())
    return refused(Code::I601, "this ONNX file holds no nodes",
                   {"it was exported without a network, or holds training data alone"});
  onnx::Importer importer(model, options);
  Imported result = importer.run();
  if (importer.misfits() > 0 && model.graph.nodes.size() <= most_nodes_to_try) {
    onnx::Importer following(model, options, true);
    Imported thawed = following.run();
    if (following.thawed() > 0 && following.misfits() < importer.misfits()) return thawed;
  }
  if (!options.inputs.empty() && importer.troubles() > 0 && model.graph.nodes.size() <= most_nodes_to_try) {
    OnnxOptions known = options;
    known.runs_at = where_it_runs(model, options);
    if (!known.runs_at.empty()) return onnx::Importer(model, known).run();
  }
  if (!importer.has_free_sizes() || model.graph.nodes.size() > most_nodes_to_try) return result;
  return with_free_sizes(model, options, std::move(result), importer.conflicts());
}

Imported read_onnx_file(const std::string& path, const OnnxOptions& options) {
  const Mapped file(path);
  if (!file.error().empty()) return refused(Code::I601, "cannot read: " + file.error());
  return read_onnx(file.bytes(), options);
}

}  // namespace shapedbg
