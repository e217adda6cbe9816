#include "read/pt2/pt2.h"

#include <algorithm>

#include "read/archive/archive.h"
#include "read/aten/program.h"
#include "read/pt2/graph.h"

namespace shapedbg {
namespace {

constexpr std::uint64_t kMostJson = UINT64_C(256) << 20;

Imported refused(Code code, std::string message, std::string note = {}) {
  Imported result;
  Finding& finding = result.findings.emplace_back();
  finding.code = code;
  finding.message = one_line(std::move(message));
  if (!note.empty()) finding.notes.push_back(std::move(note));
  return result;
}

const std::string kSave =
    "save the program as it was exported: `torch.export.save(torch.export.export(model.eval(), (x,)), "
    "\"model.pt2\")`";

bool any_name(const Archive& archive, std::string_view part) {
  return std::any_of(archive.entries().begin(), archive.entries().end(),
                     [&](const Archive::Entry& entry) { return entry.name.find(part) != std::string::npos; });
}

// A zip of torch without a graph: what it is, and what to save instead.
Imported without_graph(const Archive& archive) {
  if (any_name(archive, "data/aotinductor/"))
    return refused(Code::I601, "an AOTInductor package: compiled code, no graph", kSave);
  if (any_name(archive, "/code/") || archive.find_end("constants.pkl"))
    return refused(Code::I601, "TorchScript (torch.jit.save): its graph is not read", kSave);
  if (archive.find_end("data.pkl"))
    return refused(
        Code::I601,
        "weights or a pickled model (torch.save): the file holds no graph, and a pickle is never read",
        "give the Python class, or " + kSave);
  return refused(Code::I601, "a zip without the graph of an exported program (`models/*.json`)", kSave);
}

// models/NAME.json; several where the package holds several models.
std::vector<const Archive::Entry*> graphs_of(const Archive& archive) {
  std::vector<const Archive::Entry*> graphs;
  for (const Archive::Entry& entry : archive.entries()) {
    const std::string_view name = entry.name;
    const std::size_t folder = name.rfind("models/");
    if (!name.ends_with(".json") || folder == std::string_view::npos) continue;
    if (folder > 0 && name[folder - 1] != '/') continue;
    if (name.find('/', folder + 7) == std::string_view::npos) graphs.push_back(&entry);
  }
  // Before 2.8 the program stood at the top.
  if (graphs.empty())
    if (const Archive::Entry* entry = archive.find_end("serialized_exported_program.json"))
      graphs.push_back(entry);
  return graphs;
}

// "unet" of "unet/models/model.json": the folder is called as the file was.
std::string name_of(const Archive::Entry& entry) {
  const std::size_t slash = entry.name.find('/');
  const std::string name = slash == std::string::npos ? "" : entry.name.substr(0, slash);
  return name == "models" || name == "archive" ? "" : name;
}

// Why the wished sizes fit no input; empty where they stand in the draft now.
std::string resize(const InputShapes& wished, Draft& draft, std::vector<std::string>& guesses) {
  std::size_t next = 0;
  for (const auto& [name, sizes] : wished) {
    std::size_t index = name.empty() ? next : 0;
    while (!name.empty() && index < draft.input_count() && draft.input_name(index) != name) ++index;
    if (index >= draft.input_count())
      return name.empty()
                 ? "--input says more inputs than the program has, " + std::to_string(draft.input_count())
                 : "--input: the program has no input `" + name + "`";
    next = index + 1;
    const std::vector<DraftSize>& had = draft.input_shape(index);
    if (had.size() != sizes.size())
      return "the input `" + draft.input_name(index) + "` has " + std::to_string(had.size()) +
             " axes in the file, --input gives " + std::to_string(sizes.size());
    std::string other;
    for (std::size_t k = 0; k < sizes.size(); ++k)
      if (had[k].number() != nullptr && *had[k].number() != sizes[k])
        other += (other.empty() ? "" : ", ") + std::to_string(k);
    if (!other.empty())
      guesses.push_back(
          "`" + draft.input_name(index) + "` has another size at axis " + other +
          " than the program was exported with: what the export made a number of there stays one");
    draft.resize_input(index, {sizes.begin(), sizes.end()});
  }
  return {};
}

Imported import_archive(const Archive& archive, const InputShapes& inputs) {
  if (!archive.error().empty())
    return refused(Code::I602, "the zip cannot be read: " + archive.error(), "save or copy the file again");
  if (archive.entries().empty())
    return refused(Code::I602, "the file is empty", "save or copy the file again");
  const std::vector<const Archive::Entry*> graphs = graphs_of(archive);
  if (graphs.empty()) return without_graph(archive);
  std::string error;
  const auto json = archive.read(*graphs[0], kMostJson, error);
  if (!json) return refused(graphs[0]->bytes > kMostJson ? Code::I603 : Code::I602, error);
  pt2::Graph graph = pt2::read_graph(*json);
  if (graph.decomposed)
    return refused(Code::I601, graph.error + ", and layers cannot be told from it",
                   "save the program before run_decompositions(); " + kSave);
  if (graph.other_schema)
    return refused(Code::I601,
                   graph.error + (graph.torch.empty() ? "" : " (torch " + graph.torch + " wrote it)"), kSave);
  if (!graph.error.empty()) return refused(graph.too_large ? Code::I603 : Code::I602, graph.error);
  graph.program.name = name_of(*graphs[0]);
  aten::Mapped mapped = aten::map_program(std::move(graph.program));
  if (graphs.size() > 1)
    mapped.guesses.push_back("the file holds " + std::to_string(graphs.size()) + " models: `" +
                             graphs[0]->name + "` is read");
  if (std::string why = resize(inputs, mapped.draft, mapped.guesses); !why.empty())
    return refused(Code::I606, std::move(why));
  return aten::imported(mapped);
}

}  // namespace

Imported import_pt2(const std::string& path, const InputShapes& inputs) {
  return import_archive(Archive::open(path), inputs);
}
Imported import_pt2_bytes(std::string_view bytes, const InputShapes& inputs) {
  return import_archive(Archive::of(bytes), inputs);
}

}  // namespace shapedbg
