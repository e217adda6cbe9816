// Networks of every kind and wiring as programs. Python reads each of them; where SHAPEDBG_PYTHON names a
// Python with torch it runs them, and SHAPEDBG_CXX a command that compiles against LibTorch ("g++ -std=c++20
// -I… -L… -ltorch …", to which a file and -o are added): what they print is the shape of our own trace.
// SHAPEDBG_SEED and SHAPEDBG_COUNT choose other networks and more of them.
#include "code/code.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <regex>
#include <sstream>

#include "infer/infer.h"
#include "mirror/mirror.h"
#include "property/environment.h"
#include "random_dag.h"
#include "random_encoder.h"
#include "read/json/parse.h"

namespace shapedbg {
namespace {

namespace fs = std::filesystem;

std::string command_of(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

struct Example {
  std::string json;
  Spec spec;
  Shape output;
};

// Those of the networks that run and return something.
class Examples {
 public:
  void add(const std::string& json) {
    Parsed parsed = parse(Source("t.json", json));
    if (!parsed.usable || parsed.spec.layers.empty()) return;
    for (const LayerSpec& layer : parsed.spec.layers)
      if (layer.broken) return;
    const Trace trace = infer(parsed.spec);
    for (const LayerTrace& row : trace.layers)
      if (!row.refusals.empty() || row.outputs.empty()) return;
    const Shape output = *trace.result(parsed.spec);
    all.push_back({json, std::move(parsed.spec), output});
  }
  void add_files(const fs::path& folder) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      std::ifstream file(entry.path());
      std::ostringstream bytes;
      bytes << file.rdbuf();
      add(bytes.str());
    }
  }

  std::vector<Example> all;
};

const std::vector<Example>& examples() {
  static const std::vector<Example> all = [] {
    const std::uint64_t seed = from_environment("SHAPEDBG_SEED", 20240611);
    const std::uint64_t count = from_environment("SHAPEDBG_COUNT", 600);
    Examples found;
    found.add_files(fs::path(SHAPEDBG_SOURCE_DIR) / "configs");
    found.add_files(fs::path(SHAPEDBG_SOURCE_DIR) / "tests/real/networks");
    Samples samples(seed);
    RandomDags dags(seed + 1);
    Encoders encoders(seed + 2);
    Dice dice(seed + 3);
    while (found.all.size() < count) {
      for (const KindInfo& kind : all_kinds()) {
        const Sample sample = samples.of(kind);
        found.add("{\"input\": " + sample.input + ", \"layers\": [" + sample.layers + "], \"expect\": null}");
      }
      for (int i = 0; i < 100; ++i) found.add(json_of(dags.next()));
      for (int i = 0; i < 100; ++i) {
        const bool every = dice.one_in(2);
        const MirrorOptions options{static_cast<MirrorStyle>(dice.between(0, 3)),
                                    static_cast<MirrorSkips>(dice.between(0, 2)), every};
        found.add(mirror(Source("t.json", encoders.next(every)), options).text);
      }
    }
    return found.all;
  }();
  return all;
}

class Folder {
 public:
  Folder() : path_((fs::temp_directory_path() / "shapedbg-code-XXXXXX").string()) {
    EXPECT_NE(mkdtemp(path_.data()), nullptr);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + "/" + name) << text;
    return path_ + "/" + name;
  }
  std::string at(const std::string& name) const { return path_ + "/" + name; }
  std::vector<std::string> lines(const std::string& name) const {
    std::ifstream file(at(name));
    std::vector<std::string> result;
    for (std::string line; std::getline(file, line);) result.push_back(line);
    return result;
  }

 private:
  std::string path_;
};

TEST(NetworkCode, PythonTakesEveryProgram) {
  const std::string torch = command_of("SHAPEDBG_PYTHON");
  const std::string python = torch.empty() ? "python3" : torch;
  if (std::system((python + " -c pass > /dev/null 2>&1").c_str()) != 0) GTEST_SKIP() << "there is no Python";
  const Folder folder;
  // What a program prints, or what went wrong, on one line each.
  const std::string driver = folder.write("driver.py", R"(import contextlib, io, sys
folder, count, run = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "run"
with open(folder + "/out", "w") as out:
    for i in range(count):
        try:
            code = compile(open(f"{folder}/{i}.py").read(), f"{i}.py", "exec")
            printed = io.StringIO()
            if run:
                with contextlib.redirect_stdout(printed):
                    exec(code, {"__name__": "__main__"})
            line = printed.getvalue()
        except Exception as error:
            line = f"{type(error).__name__}: {error}"
        print(" ".join(line.split()), file=out)
)");
  for (std::size_t i = 0; i < examples().size(); ++i) {
    const NetworkCode code = network_code(examples()[i].spec, Language::python);
    ASSERT_EQ(code.error, "") << examples()[i].json;
    folder.write(std::to_string(i) + ".py", code.text);
  }
  const std::string many = std::to_string(examples().size());
  ASSERT_EQ(std::system((python + " '" + driver + "' '" + folder.at("") + "' " + many +
                         (torch.empty() ? " read" : " run"))
                            .c_str()),
            0);
  const std::vector<std::string> printed = folder.lines("out");
  ASSERT_EQ(printed.size(), examples().size());
  std::size_t refused = 0;
  for (std::size_t i = 0; i < printed.size(); ++i) {
    // What PyTorch refuses in Python and takes in C++: InstanceNorm of one value, a MaxUnpool to the border,
    // a LocalResponseNorm of what was transposed.
    if (printed[i].find("Expected more than 1 ") != std::string::npos ||
        printed[i].find("invalid output_size") != std::string::npos ||
        printed[i].find("view size is not compatible") != std::string::npos) {
      ++refused;
      continue;
    }
    const Shape& output = examples()[i].output;
    std::string shape = "(" + bracketed(output).substr(1);
    shape.back() = ')';
    if (output.size() == 1) shape.insert(shape.size() - 1, ",");
    EXPECT_EQ(printed[i], torch.empty() ? "" : shape)
        << examples()[i].json << "\n"
        << network_code(examples()[i].spec, Language::python).text;
  }
  std::cout << many << " programs " << (torch.empty() ? "read" : "run") << " by Python, " << refused
            << " of them refused there alone" << std::endl;
  EXPECT_LE(refused, examples().size() / 50);
}

TEST(NetworkCode, LibTorchTakesEveryProgram) {
  const std::string compile = command_of("SHAPEDBG_CXX");
  std::ostringstream whole;
  whole << "#include <torch/torch.h>\n#include <iostream>\n";
  std::ostringstream calls;
  std::vector<std::size_t> written;
  const std::size_t many =
      std::min<std::size_t>(examples().size(), from_environment("SHAPEDBG_CXX_COUNT", 300));
  for (std::size_t i = 0; i < many; ++i) {
    const NetworkCode code = network_code(examples()[i].spec, Language::cpp);
    // What LibTorch's classes cannot be told.
    const LayerSpec& last = examples()[i].spec.layers.back();
    const bool lacking = (last.find(Opt::norm_first) != nullptr && last.flag(Opt::norm_first)) ||
                         last.has(Opt::kdim) || last.has(Opt::vdim);
    ASSERT_EQ(code.error.empty(), !lacking) << code.error << "\n" << examples()[i].json;
    if (lacking) continue;
    written.push_back(i);
    const std::string place = "network_" + std::to_string(i);
    whole << "namespace " << place << " {\n"
          << std::regex_replace(code.text, std::regex("#include <[a-z/.]*>\n"), "") << "}\n";
    calls << "  try { " << place << "::main(); } catch (const std::exception& e) { "
          << "std::cout << std::string(e.what()).substr(0, std::string(e.what()).find('\\n')) << std::endl; "
             "}\n";
  }
  if (compile.empty()) GTEST_SKIP() << "SHAPEDBG_CXX names no compiler";
  const Folder folder;
  const std::string file = folder.write("all.cpp", whole.str() + "int main() {\n" + calls.str() + "}\n");
  ASSERT_EQ(std::system((compile + " -x c++ '" + file + "' -x none -o '" + folder.at("all") + "' " +
                         command_of("SHAPEDBG_CXX_LIBS"))
                            .c_str()),
            0);
  ASSERT_EQ(std::system((folder.at("all") + " > " + folder.at("out")).c_str()), 0);
  const std::vector<std::string> printed = folder.lines("out");
  ASSERT_EQ(printed.size(), written.size());
  for (std::size_t k = 0; k < written.size(); ++k) {
    const auto& example = examples()[written[k]];
    EXPECT_EQ(printed[k], bracketed(example.output)) << example.json << "\n"
                                                     << network_code(example.spec, Language::cpp).text;
  }
  std::cout << written.size() << " programs compiled and run" << std::endl;
}

}  // namespace
}  // namespace shapedbg
