"""What the clinic does: rules and services. Knows no Streamlit and no HTTP."""
