#include "cli/input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <iostream>
#include <optional>
#include <set>
#include <utility>

#include "cli/system_error.h"
#include "net/spec.h"
#include "read/draft.h"
#include "read/foreign.h"
#include "read/json/parse.h"
#include "read/json/rewrite.h"
#include "read/keras/keras.h"
#include "read/onnx/onnx.h"
#include "read/printed/printed.h"
#include "read/pt2/pt2.h"
#include "read/python/python.h"
#include "workspace/frozen_sizes.h"
#include "workspace/layer_shape.h"
#include "workspace/unlike_recorded.h"

namespace shapedbg {
namespace {

constexpr std::size_t kMost = limits::file_bytes + 1;
constexpr std::size_t kChunk = 64u << 10;

Input unreadable(const std::string& name, int number) {
  return {Source(name, {}), "cannot read: " + system_error(number)};
}

constexpr const char* kStandardInput = "<stdin>";

Input read_stream(std::istream& in) {
  std::string bytes;
  errno = 0;
  while (in && bytes.size() < kMost) {
    const std::size_t had = bytes.size();
    bytes.resize(std::min(had + kChunk, kMost));
    in.read(bytes.data() + had, static_cast<std::streamsize>(bytes.size() - had));
    bytes.resize(had + static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) return unreadable(kStandardInput, errno);
  return {Source(kStandardInput, std::move(bytes)), {}};
}

// Reads to the end, or to one byte behind what a spec may hold.
Input read_file(const std::string& name, int file) {
  struct stat status {};
  std::string bytes;
  // A file in one piece, with room for the read that meets its end.
  const bool sized = ::fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
  bytes.reserve(sized ? std::min(static_cast<std::size_t>(status.st_size) + 1, kMost) : kChunk);
  while (bytes.size() < kMost) {
    const std::size_t had = bytes.size();
    bytes.resize(std::min(had < bytes.capacity() ? bytes.capacity() : had + kChunk, kMost));
    const ssize_t got = ::read(file, bytes.data() + had, bytes.size() - had);
    const int error = errno;
    bytes.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) break;
    if (got < 0 && error != EINTR) return unreadable(name, error);
  }
  return {Source(name, std::move(bytes)), {}};
}

}  // namespace

bool is_standard_input(const std::string& path) {
  return path == "-" || path == "/dev/stdin" || path == "/dev/fd/0" || path == "/proc/self/fd/0";
}

Input read_spec(const std::string& path, std::istream& in) {
  // A stream tells no error of the system (a folder as standard input reads as empty), its file does.
  if (is_standard_input(path))
    return &in == &std::cin ? read_file(kStandardInput, STDIN_FILENO) : read_stream(in);
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return unreadable(path, errno);
  Input input = read_file(path, file);
  ::close(file);
  return input;
}

namespace {

// "x=1,3,224,224:float32" as a name and a shape; nothing where it is none.
std::optional<std::pair<std::string, Shape>> named_shape(const std::string& text) {
  const std::size_t equals = text.rfind('=');
  std::string_view rest = std::string_view(text).substr(equals == std::string::npos ? 0 : equals + 1);
  rest = rest.substr(0, rest.find(':'));
  std::pair<std::string, Shape> result{equals == std::string::npos ? "" : text.substr(0, equals), {}};
  while (true) {
    std::int64_t size = 0;
    const auto [stop, code] = std::from_chars(rest.data(), rest.data() + rest.size(), size);
    if (code != std::errc() || size < 1 || size > limits::size || result.second.size() == 16)
      return std::nullopt;
    result.second.push_back(size);
    rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
    if (rest.empty()) return result;
    if (rest[0] != ',') return std::nullopt;
    rest.remove_prefix(1);
  }
}

Input imported(const std::string& name, Imported result) {
  Input input{Source(name, {}), {}};
  for (const Finding& finding : result.findings)
    (result.usable() && is_error(finding) ? input.faults : input.notes)
        .push_back(finding.message + " (" + std::string(info(finding.code).id) + " " +
                   std::string(info(finding.code).name) + ")");
  for (std::string& guess : result.guesses)
    if (std::none_of(result.findings.begin(), result.findings.end(),
                     [&](const Finding& f) { return f.message == guess; }))
      input.notes.push_back(std::move(guess));
  input.network = std::move(result);
  if (!input.network.usable()) {
    input.error = "cannot import: " + (input.notes.empty() ? "it holds no network" : input.notes.front());
    return input;
  }
  input.imported = true;
  input.source = Source::of(name, input.network.made);
  return input;
}

Input imported_from(const std::string& name, Imported made, std::string_view what) {
  Input input = imported(name, std::move(made));
  input.from = what;
  return input;
}

Input imported_python(const std::string& path, const SourceOptions& options) {
  PythonOptions python{options.python, options.call, options.inputs, options.also};
  python.constructors = options.constructors;
  python.changed = options.changed;
  python.worker = options.worker.get();
  Input input = imported(path, import_python(path, python));
  input.from = "a Python model";
  input.how = words_of(options);
  return input;
}

// A file of a program, for its lines; nothing where it is none that can be read.
std::optional<Source> program_file(const std::string& name) {
  struct stat status {};
  if (!name.ends_with(".py") || ::stat(name.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
    return std::nullopt;
  const int file = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return std::nullopt;
  Input input = read_file(name, file);
  ::close(file);
  return input.error.empty() ? std::optional(std::move(input.source)) : std::nullopt;
}

enum class Kind : std::uint8_t { spec, onnx, pt2, keras, printed };

Kind kind_of(std::string_view head) {
  if (head.starts_with("PK\x03\x04")) return Kind::pt2;
  if (looks_like_keras(head)) return Kind::keras;
  if (looks_like_onnx(head)) return Kind::onnx;
  return looks_printed(head) ? Kind::printed : Kind::spec;
}

constexpr std::size_t kHead = 64u << 10;

// What a file of this kind is, its very first bytes tell.
bool is_told_at_once(std::string_view start) {
  return start.starts_with("PK\x03\x04") || looks_like_onnx(start);
}

// The first bytes, which tell the kind of a file.
std::string head_of(const std::string& path, std::size_t most = kHead) {
  constexpr std::size_t start = 512;
  std::string head;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return {};
  struct stat status {};
  ssize_t got = 0;
  if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
    // Files that are made as they are read say that they are empty.
    const auto size = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
    const std::size_t wanted = size == 0 ? most : std::min(size, most);
    head.resize(std::min(wanted, start));
    got = ::read(file, head.data(), head.size());
    if (got == static_cast<ssize_t>(start) && !is_told_at_once(head)) {
      head.resize(wanted);
      const ssize_t more = ::read(file, head.data() + start, head.size() - start);
      got += std::max<ssize_t>(more, 0);
    }
  }
  ::close(file);
  head.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return head;
}

// "input", or "1,*,64,64" as the JSON of an `expect`; nothing where it is neither.
std::optional<std::string> expectation(const std::string& text) {
  if (text == "input") return "\"input\"";
  std::string json = "[";
  for (std::string_view rest = text;;) {
    const std::string_view word = rest.substr(0, rest.find(','));
    const auto shape = named_shape(std::string(word));
    if (word != "*" && (!shape || !shape->first.empty() || word.find(':') != std::string_view::npos))
      return std::nullopt;
    json += (json.size() > 1 ? ", " : "") +
            (word == "*" ? std::string("null") : std::to_string(shape->second[0]));
    if (word.size() == rest.size()) return json + "]";
    rest.remove_prefix(word.size() + 1);
  }
}

// A free size of the spec that is asked for at one value.
struct AskedSize {
  const FreeSize* size;
  std::int64_t value;
};

const FreeSize* free_size_at(const Spec& spec, std::size_t input, std::size_t axis) {
  for (const FreeSize& size : spec.free_sizes)
    for (const FreeAxis& at : size.axes)
      if (at.input == static_cast<int>(input) && at.axis == static_cast<int>(axis)) return &size;
  return nullptr;
}

// The sizes that a spec declares, changed in its text. A free one may be the given one alone.
void resize(Input& input, const InputShapes& inputs) {
  const ParsedFile file = parse_file(input.source);
  const Parsed& parsed = file.parsed;
  if (!parsed.usable) {
    input.error = "--input: the spec has no input that could be changed";
    return;
  }
  const Rewrite rewrite(input.source, file.document);
  std::vector<Edit> edits;
  std::size_t next = 0;
  std::vector<AskedSize> asked;
  std::string was;  // the shapes that the spec declares, where they are others
  for (const auto& [name, sizes] : inputs) {
    const std::vector<InputSpec>& declared = parsed.spec.inputs;
    std::size_t index = name.empty() ? next : 0;
    while (!name.empty() && index < declared.size() && declared[index].name != name) ++index;
    if (index >= declared.size() || declared[index].shape.size() != sizes.size()) {
      input.error = index >= declared.size()
                        ? "--input: the spec has no such input"
                        : "--input: `" + declared[index].name + "` has " +
                              std::to_string(declared[index].shape.size()) + " axes in the spec";
      return;
    }
    next = index + 1;
    if (declared[index].shape != sizes)
      was += (was.empty() ? "" : ", ") + json_string(declared[index].name) + ": " +
             to_json(Value{declared[index].shape});
    for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
      if (const FreeSize* free = free_size_at(parsed.spec, index, axis)) {
        const auto known =
            std::find_if(asked.begin(), asked.end(), [&](const AskedSize& one) { return one.size == free; });
        if (known == asked.end()) {
          asked.push_back({free, sizes[axis]});
          continue;
        }
        if (known->value == sizes[axis]) continue;
        input.error = "--input: `" + free->name + "` is one size in the spec, not " +
                      std::to_string(known->value) + " and " + std::to_string(sizes[axis]);
        return;
      }
      if (declared[index].shape[axis] == sizes[axis]) continue;
      std::vector<Edit> one = rewrite.set_size(declared[index].where, axis, sizes[axis]);
      if (one.empty()) {
        input.error = "--input: axis " + std::to_string(axis) + " of `" + declared[index].name +
                      "` stands in the spec in a way that cannot be changed";
        return;
      }
      edits.insert(edits.end(), one.begin(), one.end());
    }
  }
  for (const AskedSize& one : asked) {
    const std::vector<Edit> fixed = rewrite.fix_free_size(*one.size, one.value);
    edits.insert(edits.end(), fixed.begin(), fixed.end());
  }
  // At its end, where it moves nothing.
  const std::string& bytes_before = input.source.bytes();
  const std::size_t end = bytes_before.rfind('}');
  const std::size_t last = end == std::string::npos ? end : bytes_before.find_last_not_of(" \t\r\n", end - 1);
  if (!was.empty() && parsed.spec.runs_at.empty() && parsed.spec.free_sizes.empty() &&
      last != std::string::npos && bytes_before[last] != ',')
    edits.push_back({end, 0, ", \"runs_at\": {" + was + "}"});
  if (auto bytes = shapedbg::apply(input.source.bytes(), std::move(edits)))
    input.source = Source(input.source.name(), std::move(*bytes));
}

// Where options name inputs that are no shapes, what is wrong with them.
std::string read_inputs(const SourceOptions& options, InputShapes& inputs) {
  const auto no_shape = [](std::string_view option, const std::string& text) {
    return std::string(option) + " `" + text + "` is no shape such as 1,3,224,224";
  };
  for (const std::string& text : options.inputs) {
    const auto one = named_shape(text);
    if (!one) return no_shape("--input", text);
    inputs.push_back(*one);
  }
  // Of use to Python models alone, and never passed by unread.
  for (const std::string& text : options.also)
    if (!named_shape(text)) return no_shape("--also", text);
  return {};
}

// Where sizes are asked for that the program does not take, that is said once, about the file.
Imported import_program(const std::string& path, const std::string* bytes, const InputShapes& inputs) {
  Imported result = bytes != nullptr ? import_pt2_bytes(*bytes, inputs) : import_pt2(path, inputs);
  if (inputs.empty() || !result.usable()) return result;
  const Parsed parsed = parse(Source::of("imported", result.made));
  std::optional<Finding> frozen = parsed.usable ? frozen_sizes(parsed.spec) : std::nullopt;
  if (!frozen) return result;
  frozen->message = one_line(std::move(frozen->message));
  result.findings.push_back(std::move(*frozen));
  return result;
}

// What is no spec, as a spec. `read`: what was read of it so far, all of a text and of a stream; an .onnx and
// an archive are read again from their path.
Input import_file(Kind kind, const Source& read, const std::string& path, bool stream,
                  const InputShapes& inputs) {
  const std::string& bytes = read.bytes();
  const auto from = [&](Imported made, std::string_view what) {
    return imported_from(read.name(), std::move(made), what);
  };
  switch (kind) {
    case Kind::spec:
      break;
    case Kind::onnx: {
      OnnxOptions onnx;
      onnx.inputs = inputs;
      return from(stream ? read_onnx(bytes, onnx) : read_onnx_file(path, onnx), "an .onnx file");
    }
    case Kind::keras:
      return from(import_keras(bytes, inputs), "a Keras model");
    case Kind::pt2:
      if (stream ? are_keras_archive(bytes) : is_keras_archive(path))
        return from(stream ? import_keras_bytes(bytes, inputs) : import_keras_archive(path, inputs),
                    "a .keras file");
      return from(import_program(path, stream ? &bytes : nullptr, inputs), "a .pt2 file");
    case Kind::printed:
      return from(import_printed(bytes, inputs.empty() ? Shape{} : inputs[0].second, layer_shape),
                  "the text of print(model)");
  }
  return {read, {}};
}

// More of the file is read until the configuration has its end; weights lie behind it.
std::string h5_config(const std::string& path, const std::string& head) {
  std::string_view text = config_in_h5(head);
  std::string more;
  for (std::size_t most = kHead * 16; text.empty() && most <= limits::file_bytes; most *= 16) {
    more = head_of(path, most);
    text = config_in_h5(more);
    if (more.size() < most) break;
  }
  return std::string(text);
}

Input refused_format(const std::string& name, std::string_view what) {
  Input input = {Source(name, {}), "cannot import: " + std::string(what) + " (" +
                                       std::string(info(Code::I601).id) + " " +
                                       std::string(info(Code::I601).name) + ")"};
  input.no_network = true;
  return input;
}

// A program of which no class is named. Parts stand in front of what is made of them: the last class is the
// model.
Input nameless(const Source& program) {
  constexpr std::size_t most = 8;  // names that are told
  std::vector<std::string> classes = classes_in(program.bytes());
  std::reverse(classes.begin(), classes.end());
  const std::string first = program.name() + ":" + (classes.empty() ? "NAME" : classes[0]);
  std::string text = "a Python file is given with the name of its model: " + first;
  for (std::size_t i = 1; i < std::min(most, classes.size()); ++i)
    text += (i == 1 ? "; it also has " : ", ") + classes[i];
  if (classes.size() > most) text += ", …";
  return refused_format(program.name(), text);
}

bool starts_as_a_spec(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[' || text[first] == '/');
}

Input read_any(const std::string& path, std::istream& in, const SourceOptions& options) {
  const bool stream = is_standard_input(path);
  if (!stream && names_python_model(path) && ::access(path.c_str(), F_OK) != 0)
    return imported_python(path, options);
  if (!options.call.empty() && !path.ends_with(".py"))
    return {Source(path, {}), "--call is for Python models, which are named as unet.py:UNet"};
  InputShapes inputs;
  if (std::string wrong = read_inputs(options, inputs); !wrong.empty())
    return {Source(path, {}), std::move(wrong)};
  Input input = {Source(path, {}), {}};
  const std::string head = stream ? std::string() : head_of(path);
  if (head.starts_with("\x89HDF"))
    if (const std::string text = h5_config(path, head); !text.empty())
      return imported_from(path, import_keras(text, inputs), "a Keras model in an .h5 file");
  if (const std::string_view foreign = foreign_format(head); !foreign.empty())
    return refused_format(path, foreign);
  Kind kind = kind_of(head);
  if (stream || kind == Kind::spec || kind == Kind::keras || kind == Kind::printed) {
    input = read_spec(path, in);
    if (!input.error.empty()) return input;
    if (const std::string_view foreign = foreign_format(input.source.bytes()); !foreign.empty())
      return refused_format(input.source.name(), foreign);
    kind = kind_of(input.source.bytes());
  }
  if (kind != Kind::spec) return import_file(kind, input.source, path, stream, inputs);
  if (!stream && path.ends_with(".py") && !starts_as_a_spec(input.source.bytes()))
    return nameless(input.source);
  if (!options.expect.empty())
    input.error = "--expect is for models that are imported; a spec says what it expects";
  else if (!inputs.empty())
    resize(input, inputs);
  return input;
}

}  // namespace

Input read_network(const std::string& path, std::istream& in, const SourceOptions& options) {
  if (options.expect.empty()) return read_any(path, in, options);
  const std::optional<std::string> expected = expectation(options.expect);
  if (!expected)
    return {Source(path, {}),
            "--expect `" + options.expect + "` is neither input nor a shape such as 1,*,64,64"};
  Input input = read_any(path, in, options);
  if (!input.imported) return input;
  // A spec that was made here starts with its own line of a brace and has no such member.
  std::string spec = input.network.spec();
  spec.insert(2, "  \"expect\": " + *expected + ",\n");
  input.network.made = std::make_shared<MadeText>(std::move(spec));
  input.source = Source::of(input.source.name(), input.network.made);
  return input;
}

void add_origin(const Input& input, const std::vector<ChangedText>& changed, Checked& checked) {
  checked.imported = input.imported;
  checked.how = input.how;
  if (!input.imported) return;
  if (std::any_of(input.network.findings.begin(), input.network.findings.end(), is_error) &&
      checked.status == Status::ok)
    checked.status = Status::findings;
  std::vector<Finding> all;
  std::copy_if(input.network.findings.begin(), input.network.findings.end(), std::back_inserter(all),
               is_error);
  // A network that was changed since is another one than ran.
  const bool as_recorded = checked.source.made() == input.network.made;
  if (auto unlike = as_recorded ? unlike_recorded(input.network, checked.spec) : std::nullopt)
    all.push_back(std::move(*unlike));
  std::move(checked.findings.begin(), checked.findings.end(), std::back_inserter(all));
  if (auto raised = as_recorded ? raised_unseen(input.network, checked.spec, all) : std::nullopt) {
    all.insert(all.begin(), std::move(*raised));
    if (checked.status == Status::ok) checked.status = Status::findings;
  }
  checked.findings = std::move(all);
  for (const ChangedText& one : changed) checked.files.emplace(one.file, Source(one.file, one.after));
  std::set<std::string> tried;
  const auto add = [&](const SourceLine& line) {
    if (line.empty() || checked.files.contains(line.file) || !tried.insert(line.file).second) return;
    if (auto file = program_file(line.file)) checked.files.emplace(line.file, std::move(*file));
  };
  const auto add_layer = [&](const std::string& name) {
    const auto at = checked.spec.find(name);
    if (!at) return;
    const LayerSpec& layer = checked.spec.layer(*at);
    if (layer.source == nullptr) return;
    add(layer.source->made);
    add(layer.source->called);
  };
  for (const Finding& finding : checked.findings) {
    add_layer(finding.layer);
    for (const Related& related : finding.related) add_layer(related.layer);
  }
}

Checked unreadable(Input input) {
  return {std::move(input.source), {}, {}, {}, {}, {}, {}, Status::error, std::move(input.error)};
}

}  // namespace shapedbg
