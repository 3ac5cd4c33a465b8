// The yardstick of the bench: the endpoint of this repository's provider, written in Go with
// terraform-plugin-framework in the way that its documentation teaches: each call asks the API for what it needs.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func main() {
	options := providerserver.ServeOpts{Address: "registry.terraform.io/example/reference"}
	if err := providerserver.Serve(context.Background(), newProvider, options); err != nil {
		log.Fatal(err)
	}
}

func newProvider() provider.Provider { return &referenceProvider{} }

type referenceProvider struct{}

type block struct {
	Organization types.String `tfsdk:"organization"`
}

func (*referenceProvider) Metadata(_ context.Context, _ provider.MetadataRequest, answer *provider.MetadataResponse) {
	answer.TypeName = "reference"
}

func (*referenceProvider) Schema(_ context.Context, _ provider.SchemaRequest, answer *provider.SchemaResponse) {
	answer.Schema = providerschema.Schema{Attributes: map[string]providerschema.Attribute{
		"organization": providerschema.StringAttribute{Optional: true, MarkdownDescription: "Slug of the organization."},
	}}
}

func (*referenceProvider) Configure(
	ctx context.Context, request provider.ConfigureRequest, answer *provider.ConfigureResponse,
) {
	var block block
	answer.Diagnostics.Append(request.Config.Get(ctx, &block)...)
	answer.ResourceData = &client{
		base:         os.Getenv("TURSO_API_BASEURL"),
		token:        os.Getenv("TURSO_API_TOKEN"),
		organization: block.Organization.ValueString(),
	}
}

func (*referenceProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &endpointResource{} }}
}

func (*referenceProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

// endpointResource has the attributes of the provider's turso_jwks_endpoint.
type endpointResource struct{ client *client }

type endpoint struct {
	Name          types.String `tfsdk:"name"`
	URL           types.String `tfsdk:"url"`
	Organization  types.String `tfsdk:"organization"`
	Preflight     types.String `tfsdk:"preflight"`
	Region        types.String `tfsdk:"region"`
	OnlyDatabases types.Set    `tfsdk:"only_databases"`
	ID            types.String `tfsdk:"id"`
	Registration  types.String `tfsdk:"registration"`
}

type identity struct {
	Name         types.String `tfsdk:"name"`
	Organization types.String `tfsdk:"organization"`
}

func (*endpointResource) Metadata(
	_ context.Context, request resource.MetadataRequest, answer *resource.MetadataResponse,
) {
	answer.TypeName = request.ProviderTypeName + "_endpoint"
}

func (*endpointResource) Schema(_ context.Context, _ resource.SchemaRequest, answer *resource.SchemaResponse) {
	keeps := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	replaces := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	both := append(append([]planmodifier.String{}, keeps...), replaces...)
	answer.Schema = schema.Schema{
		MarkdownDescription: "Registers the endpoint of an identity provider with an organization.",
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				Required: true, PlanModifiers: replaces, MarkdownDescription: "Name of the endpoint.",
			},
			"url": schema.StringAttribute{Required: true, MarkdownDescription: "URL of the document."},
			"organization": schema.StringAttribute{
				Optional: true, Computed: true, PlanModifiers: both, MarkdownDescription: "Slug of the organization.",
			},
			"preflight": schema.StringAttribute{Optional: true, MarkdownDescription: "What a plan looks at."},
			"region":    schema.StringAttribute{Optional: true, MarkdownDescription: "Region that is sent along."},
			"only_databases": schema.SetAttribute{
				Optional: true, ElementType: types.StringType, MarkdownDescription: "What there may be.",
			},
			"id": schema.StringAttribute{
				Computed: true, PlanModifiers: keeps, MarkdownDescription: "Organization and name.",
			},
			"registration": schema.StringAttribute{
				Computed: true, PlanModifiers: keeps, MarkdownDescription: "What is registered.",
			},
		},
	}
}

func (*endpointResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, answer *resource.IdentitySchemaResponse,
) {
	answer.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"name":         identityschema.StringAttribute{RequiredForImport: true},
		"organization": identityschema.StringAttribute{OptionalForImport: true},
	}}
}

func (e *endpointResource) Configure(
	_ context.Context, request resource.ConfigureRequest, _ *resource.ConfigureResponse,
) {
	if request.ProviderData != nil {
		e.client = request.ProviderData.(*client)
	}
}

func (e *endpointResource) Create(
	ctx context.Context, request resource.CreateRequest, answer *resource.CreateResponse,
) {
	var planned endpoint
	answer.Diagnostics.Append(request.Plan.Get(ctx, &planned)...)
	if err := e.client.save(ctx, planned.Name.ValueString(), planned.URL.ValueString()); err != nil {
		answer.Diagnostics.AddError("Endpoint not saved", err.Error())
		return
	}
	e.settle(&planned)
	answer.Diagnostics.Append(answer.State.Set(ctx, planned)...)
	answer.Diagnostics.Append(answer.Identity.Set(ctx, identity{planned.Name, planned.Organization})...)
}

func (e *endpointResource) Read(ctx context.Context, request resource.ReadRequest, answer *resource.ReadResponse) {
	var state endpoint
	answer.Diagnostics.Append(request.State.Get(ctx, &state)...)
	found, err := e.client.find(ctx, state.Name.ValueString())
	switch {
	case err != nil:
		answer.Diagnostics.AddError("Endpoint not read", err.Error())
	case found == nil:
		answer.State.RemoveResource(ctx)
	default:
		state.URL = types.StringValue(found.URL)
		e.settle(&state)
		answer.Diagnostics.Append(answer.State.Set(ctx, state)...)
		answer.Diagnostics.Append(answer.Identity.Set(ctx, identity{state.Name, state.Organization})...)
	}
}

func (e *endpointResource) Update(
	ctx context.Context, request resource.UpdateRequest, answer *resource.UpdateResponse,
) {
	var planned endpoint
	answer.Diagnostics.Append(request.Plan.Get(ctx, &planned)...)
	if err := e.client.save(ctx, planned.Name.ValueString(), planned.URL.ValueString()); err != nil {
		answer.Diagnostics.AddError("Endpoint not saved", err.Error())
		return
	}
	e.settle(&planned)
	answer.Diagnostics.Append(answer.State.Set(ctx, planned)...)
}

func (e *endpointResource) Delete(
	ctx context.Context, request resource.DeleteRequest, answer *resource.DeleteResponse,
) {
	var state endpoint
	answer.Diagnostics.Append(request.State.Get(ctx, &state)...)
	if err := e.client.remove(ctx, state.Name.ValueString()); err != nil {
		answer.Diagnostics.AddError("Endpoint not deleted", err.Error())
	}
}

// settle fills in what follows from the rest.
func (e *endpointResource) settle(of *endpoint) {
	of.Organization = types.StringValue(e.client.organization)
	id := e.client.organization + "/" + of.Name.ValueString()
	of.ID = types.StringValue(id)
	of.Registration = types.StringValue(id + " " + of.URL.ValueString())
}

// client asks the Platform API.
type client struct{ base, token, organization string }

type listed struct {
	Name string `json:"jwks_name"`
	URL  string `json:"jwks_url"`
}

func (c *client) find(ctx context.Context, name string) (*listed, error) {
	var answer struct {
		Endpoints []listed `json:"jwks"`
	}
	if err := c.call(ctx, http.MethodGet, "", nil, &answer); err != nil {
		return nil, err
	}
	for _, one := range answer.Endpoints {
		if one.Name == name {
			return &one, nil
		}
	}
	return nil, nil
}

func (c *client) save(ctx context.Context, name, documentURL string) error {
	body := map[string]string{"jwks_url": documentURL, "region": ""}
	return c.call(ctx, http.MethodPut, "/"+url.PathEscape(name), body, nil)
}

func (c *client) remove(ctx context.Context, name string) error {
	return c.call(ctx, http.MethodDelete, "/"+url.PathEscape(name), map[string]string{"region": ""}, nil)
}

func (c *client) call(ctx context.Context, method, path string, body, answer any) error {
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			return err
		}
	}
	address := c.base + "/v2/organizations/" + url.PathEscape(c.organization) + "/jwks" + path
	request, err := http.NewRequestWithContext(ctx, method, address, &sent)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s", method, path, response.Status)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(answer)
}
