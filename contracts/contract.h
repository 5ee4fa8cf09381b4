// What a contract module is: a name, methods that transactions call, and queries that read its state.
//
// A module is a pure function of its inputs. It has no clock, no randomness, no file and no global that
// changes; it uses no floating point and no unordered iteration, because every validator must compute the
// same bytes. All that it may know or change comes through the Context. It never throws; a refusal is an
// Error of fault kCaller whose `type` is stable, whose `where` is a JSON Pointer into the payload, and whose
// `what` says what was expected.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.h"
#include "common/result.h"
#include "contracts/context.h"

namespace jingchu::contracts {

struct Method {
  std::string_view name;     // "capture"
  std::string_view summary;  // one line, for the API description and the command line
  // Whether a payload fits, as far as no state is needed for it: what `call` itself begins with. Null: any
  // does.
  Status (*check)(std::string_view payload) = nullptr;
};

// A query answered over HTTP at /v1/<contract>/<path>; `path` may hold {parameters}: "epcs/{epc}/events".
struct Query {
  std::string_view name;  // "epc-history"
  std::string_view path;
  std::string_view summary;
};

// Parameters of a query: those of the path, then those after the question mark, percent-decoded.
using QueryParameters = std::map<std::string, std::string, std::less<>>;

class Contract {
 public:
  virtual ~Contract() = default;

  virtual std::string_view name() const = 0;  // "provenance"; [a-z-], the prefix of its keys in the state
  virtual std::span<const Method> methods() const = 0;
  virtual std::span<const Query> queries() const = 0;

  // What can be said of a call before it executes: "unknown-method", or that its payload does not fit. A call
  // that is refused here would be refused in every state; one that is not may still be.
  Status check(std::string_view method, ByteView payload) const;

  // Writes what genesis gives this module ("contracts"."<name>" of the genesis file, {} if absent) into the
  // state.
  virtual Status initialize(Context& context, std::string_view genesis_json) const;

  // Executes one call. On an error the executor undoes whatever the call wrote.
  virtual Status call(Context& context, std::string_view method, ByteView payload) const = 0;

  // Answers a query as JSON text; an error of type "not-found" where there is nothing by that name.
  virtual Result<std::string> query(const StateReader& state, std::string_view query,
                                    const QueryParameters& parameters) const = 0;

  // Whether the module keeps a history for each of its entities (docs/formats.md, "Histories"). What does not
  // refuses the next: fault kCaller, type "no-histories".
  virtual bool keeps_histories() const { return false; }

  // The one name of the entity that `given` means, under which its history stands; or an error of fault
  // kCaller, type "bad-entity-name", that says what names look like. Needs no state: an entity with a name
  // may have no record.
  virtual Result<std::string> entity_name(std::string_view given) const;
};

// The errors of who is asked for what is not there: types "unknown-contract", "unknown-method" and
// "not-found"; and "no-histories" of modules that keep none.
Error unknown_contract(std::string_view name);
Error unknown_method(const Contract& contract, std::string_view method);
Error no_histories(const Contract& contract);
Error unknown_query(const Contract& contract, std::string_view query);

// The modules of this node, in a fixed order (contracts/registry.cpp).
std::span<const Contract* const> registry();

// Nullptr if there is none by that name.
const Contract* find_contract(std::span<const Contract* const> contracts, std::string_view name);
const Contract* find_contract(std::string_view name);  // in the registry

}  // namespace jingchu::contracts
