#include "cli/evidence_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace jingchu::cli {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;

struct MediaType {
  std::string_view extension;
  std::string_view type;
};
constexpr MediaType kMediaTypes[] = {
    {"csv", "text/csv"},
    {"doc", "application/msword"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"gif", "image/gif"},
    {"htm", "text/html"},
    {"html", "text/html"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"json", "application/json"},
    {"m4a", "audio/mp4"},
    {"md", "text/markdown"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"ofd", "application/ofd"},
    {"pcap", "application/vnd.tcpdump.pcap"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"ppt", "application/vnd.ms-powerpoint"},
    {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {"svg", "image/svg+xml"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"txt", "text/plain"},
    {"wav", "audio/wav"},
    {"webp", "image/webp"},
    {"xls", "application/vnd.ms-excel"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"xml", "application/xml"},
    {"zip", "application/zip"},
};

Error cannot_read(const std::string& path, const std::string& why) {
  return environment_error("cannot-read", why, "check the name and your permissions", path);
}

}  // namespace

std::string media_type_of(std::string_view file_name) {
  const auto dot = file_name.rfind('.');
  std::string extension(dot == file_name.npos ? std::string_view() : file_name.substr(dot + 1));
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  for (const MediaType& known : kMediaTypes) {
    if (known.extension == extension) return std::string(known.type);
  }
  return "application/octet-stream";
}

Result<EvidenceFile> examine_file(const std::string& path,
                                  const std::function<void(std::uint64_t)>& progress) {
  std::error_code code;
  if (std::filesystem::is_directory(path, code)) return cannot_read(path, "this is a directory");
  std::ifstream input(path, std::ios::binary);
  if (!input) return cannot_read(path, std::strerror(errno));
  EvidenceFile file;
  file.name = std::filesystem::path(path).filename().string();
  file.media_type = media_type_of(file.name);
  StreamingHash sha256(HashFunction::kSha256);
  StreamingHash sm3(HashFunction::kSm3);
  Bytes piece(kPieceBytes);
  while (input) {
    input.read(reinterpret_cast<char*>(piece.data()), static_cast<std::streamsize>(piece.size()));
    const auto bytes = ByteView(piece).first(static_cast<std::size_t>(input.gcount()));
    sha256.update(bytes);
    sm3.update(bytes);
    file.size += bytes.size();
    progress(file.size);
  }
  if (input.bad()) return cannot_read(path, "reading stopped in the middle");
  file.sha256 = sha256.finish();
  file.sm3 = sm3.finish();
  return file;
}

Hash commit_to_subject(const Salt& salt, std::string_view subject) {
  return sha256({salt, as_bytes(subject)});
}

std::string deposit_payload(const DepositFields& fields) {
  nlohmann::ordered_json payload = {{"sha256", to_hex(fields.file.sha256)},
                                    {"sm3", to_hex(fields.file.sm3)},
                                    {"mediaType", fields.file.media_type},
                                    {"size", fields.file.size},
                                    {"subject", to_hex(fields.subject)}};
  const std::pair<const char*, const std::string&> optional[] = {
      {"evidenceId", fields.evidence_id}, {"fileName", fields.file.name},
      {"matter", fields.matter},          {"phase", fields.phase},
      {"capturedAt", fields.captured_at}, {"note", fields.note}};
  for (const auto& [name, value] : optional) {
    if (!value.empty()) payload[name] = value;
  }
  return payload.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace jingchu::cli
